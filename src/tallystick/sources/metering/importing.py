"""From CloudKitty's files to the configuration of a metering source. What is left out is said, never its value."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from tallystick.errors import ConfigError
from tallystick.sources.metering import oslo_ini
from tallystick.sources.metering.metrics_conf import read_metrics
from tallystick.sources.metering.options import (
    SECTIONS,
    AuthOptions,
    MeteringConfig,
    OrchestratorOptions,
    Written,
    names_of,
)

_PLUGINS: Final = "collector_", "fetcher_"
_IDLE: Final = {"orchestrator": names_of(OrchestratorOptions) - {"skip_datapoints_expression", "max_threads"}}
"""Options that arrange CloudKitty's own processes."""


@dataclass(frozen=True)
class Imported:
    """A configuration, and what of the file is not in it."""

    config: MeteringConfig
    left: tuple[str, ...]


def import_config(conf: str, conf_name: str, metrics: str, metrics_name: str) -> Imported:
    """Read CloudKitty's two files. Raises ConfigError with file, section, option and reason of all that is wrong."""
    file = oslo_ini.read(conf, conf_name)
    logins = {values["auth_section"][-1].lower() for values in file.values() if "auth_section" in values}
    of_metering = {name: file[name] for name in file if name in {*SECTIONS, *logins} or name.startswith(_PLUGINS)}
    left = [f"[{name}] is not about metering: {_listed(file[name])}" for name in file if name not in of_metering]
    for section, values in of_metering.items():
        unknown, idle = _unknown(section, values), _idle(section, values)
        left += [f"[{section}] has no such option: {_listed(unknown)}"] if unknown else []
        left += [f"[{section}] is without effect here: {_listed(idle)}"] if idle else []
    sections = {section: dict(_kept(section, values)) for section, values in of_metering.items()}
    config = MeteringConfig(sections=sections, metrics_yml=metrics)
    _check(config, conf_name, metrics_name)
    return Imported(config, tuple(left))


def _kept(section: str, values: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, Written]]:
    """What is taken over. Of several values the last counts, as for CloudKitty; a plugin may want all of them."""
    dropped = {*_unknown(section, values), *_idle(section, values)}
    for name, given in values.items():
        if name in dropped:
            continue
        if name == "auth_section":
            yield name, given[-1].lower()
        else:
            yield name, given[-1] if section in SECTIONS or len(given) == 1 else given


def _unknown(section: str, names: Iterable[str]) -> list[str]:
    if section not in SECTIONS and section.startswith(_PLUGINS):
        return []
    known = names_of(SECTIONS.get(section, AuthOptions))
    return [name for name in names if name not in known]


def _idle(section: str, names: Iterable[str]) -> list[str]:
    return [name for name in names if name in _IDLE.get(section, ())]


def _check(config: MeteringConfig, conf_name: str, metrics_name: str) -> None:
    """Every section, whether it is used now or not, and every metric."""
    wrong = []
    for section, model in SECTIONS.items():
        try:
            config.section(section, model)
        except ConfigError as error:
            wrong += [f"{conf_name}: {line}" for line in str(error).splitlines()]
    if wrong:
        raise ConfigError("\n".join(wrong))
    collect = config.collect
    read_metrics(config.metrics_yml, collector=collect.collector, scope_key=collect.scope_key, file=metrics_name)


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "empty"
