"""CloudKitty's configuration file, as far as it says where its data is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tallystick.errors import ConfigError
from tallystick.sources.metering import oslo_ini


@dataclass(frozen=True)
class Configuration:
    """Sections and their options, the last value of each."""

    path: Path
    sections: Mapping[str, Mapping[str, str]] = field(repr=False)

    def section(self, name: str) -> Mapping[str, str]:
        """A section; an empty one where it is not there."""
        return self.sections.get(name, {})

    @property
    def database(self) -> str:
        """The address of its SQL database. Raises ConfigError when there is none."""
        address = self.section("database").get("connection")
        if not address:
            raise ConfigError(f"{self.path}: [database] connection is not set")
        return address

    @property
    def scope_key(self) -> str | None:
        """The attribute that says a point's scope, where it is written."""
        return self.section("collect").get("scope_key")


def read_configuration(path: Path) -> Configuration:
    """Raises ConfigError when the file cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
    sections = oslo_ini.read(text, str(path))
    last = {name: {option: values[-1] for option, values in options.items()} for name, options in sections.items()}
    return Configuration(path, last)
