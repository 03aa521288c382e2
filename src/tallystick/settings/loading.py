"""Reads the configuration: defaults, the file, the environment and the command line, in rising order."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from tallystick.errors import ConfigError
from tallystick.settings.config import FILE_NAME, Config, Loaded, environment_name, setting_names

_Values = dict[str, tuple[object, str]]
"""Dotted name to raw value and origin."""

_SHORT = {"engine": "engine.trino"}
"""What the name of a table stands for when it is given a text."""

_LISTS = frozenset({"serve.trusted_gateways", "cloudkitty.allowed_origins"})
"""Settings that an environment variable holds separated by commas."""


def load_config(environ: Mapping[str, str] | None = None, given: Mapping[str, object] | None = None) -> Config:
    """The configuration in force; see :func:`load`."""
    return load(environ, given).config


def load(environ: Mapping[str, str] | None = None, given: Mapping[str, object] | None = None) -> Loaded:
    """The configuration in force and its origins.

    ``environ`` is the process's own unless given. ``given`` holds dotted names set on the command line, which win.
    Raises ConfigError that names the file or variable, the setting and what was expected.
    """
    environ = os.environ if environ is None else environ
    from_command = {name: (value, f"--{name.rpartition('.')[2]}") for name, value in (given or {}).items()}
    above_file = _from_environment(environ) | from_command
    values = _from_file(_file(environ, above_file)) | above_file
    return _validated(values)


def _from_environment(environ: Mapping[str, str]) -> _Values:
    found: _Values = {}
    for name in setting_names():
        variable = environment_name(name)
        text = environ.get(variable)
        if text:
            value = [part.strip() for part in text.split(",")] if name in _LISTS else text
            found[name] = value, variable
    return found


def _file(environ: Mapping[str, str], above: _Values) -> Path | None:
    """The file to read: the one that ``TALLY_CONFIG`` names, which must exist, or the home's if it has one."""
    if named := environ.get("TALLY_CONFIG"):
        return Path(named)
    home = Path(str(above["home"][0])) if "home" in above else Config().home
    path = home / FILE_NAME
    return path if path.exists() else None


def _from_file(path: Path | None) -> _Values:
    if path is None:
        return {}
    try:
        tables = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"{path}: is not valid TOML: {error}") from error
    values = _flat(tables)
    known = set(setting_names())
    for name in values:
        if name not in known:
            raise ConfigError(f"{path}: unknown setting {name!r}{_suggestion(name, known)}")
    if "home" in values:
        values["home"] = path.parent / str(values["home"])
    return {name: (value, str(path)) for name, value in values.items()}


def _flat(table: Mapping[str, object], prefix: str = "") -> dict[str, object]:
    """Nested tables as dotted names."""
    values: dict[str, object] = {}
    for key, value in table.items():
        if isinstance(value, dict):
            values |= _flat(value, f"{prefix}{key}.")
        else:
            values[_SHORT.get(prefix + key, prefix + key)] = value
    return values


def _suggestion(name: str, known: set[str]) -> str:
    from difflib import get_close_matches

    close = get_close_matches(name, sorted(known), n=1)
    return f"; did you mean {close[0]!r}?" if close else f"; known are {', '.join(sorted(known))}"


def _validated(values: _Values) -> Loaded:
    nested: dict[str, object] = {}
    for name, (value, _) in values.items():
        table, _, key = name.rpartition(".")
        place = nested if not table else nested.setdefault(table, {})
        assert isinstance(place, dict)
        place[key] = value
    try:
        config = Config.model_validate(nested)
    except ValidationError as error:
        raise ConfigError(_complaint(error, values)) from error
    config = config.model_copy(update={"home": config.home.expanduser().absolute()})
    return Loaded(config, {name: origin for name, (_, origin) in values.items()})


def _complaint(error: ValidationError, values: _Values) -> str:
    """The first thing wrong, as origin, name, value and expectation."""
    first = error.errors(include_url=False)[0]
    name = ".".join(str(part) for part in first["loc"][:2])
    value, origin = values.get(name, ("", "settings"))
    return f"{origin}: {name} = {value!r}: {first['msg']}"
