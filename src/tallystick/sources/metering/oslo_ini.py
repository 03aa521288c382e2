"""Configuration files as oslo.config reads them: sections of ``name = value`` and ``name: value``.

A line that begins with blanks goes on with the value before it; a name that stands there again gives a further value;
``$name``, ``${name}`` and ``${section.name}`` stand for another value of the file, ``$$`` and ``\\$`` for a dollar.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from tallystick.errors import ConfigError

Sections = Mapping[str, Mapping[str, tuple[str, ...]]]
"""Section to name to its values, in the order of the file; names in small letters, with underscores."""

DEFAULT: Final = "default"
_REFERENCE: Final = re.compile(r"\\\$|\$\$|\$\{([_a-z][._a-z0-9]*)\}|\$([_a-z][._a-z0-9]*)", re.IGNORECASE)
_DEEPEST: Final = 8


def read(text: str, file: str) -> Sections:
    """The sections of a file. Raises ConfigError with file, line and reason."""
    sections: dict[str, dict[str, tuple[str, ...]]] = {}
    for section, name, value in _assignments(text, file):
        values = sections.setdefault(section, {})
        if name:
            values[name] = (*values.get(name, ()), value)
    return {
        section: {
            name: tuple(_resolved(sections, section, value, f"{file}: [{section}] {name}") for value in given)
            for name, given in values.items()
        }
        for section, values in sections.items()
    }


def _assignments(text: str, file: str) -> Iterator[tuple[str, str, str]]:
    """(section, name, value); a section begins with an empty name, so that one without options is there too."""
    section: str | None = None
    name, lines = "", list[str]()
    for number, line in enumerate(text.splitlines(), 1):
        if name and line[:1] in (" ", "\t") and line.strip():
            lines.append(line.strip())
            continue
        if name and section:
            yield section, name, _value(lines)
            name = ""
        if not line.strip() or line[0] in "#;":
            continue
        if line[0] == "[":
            section = line.strip()[1:-1].strip().lower() if line.strip().endswith("]") else ""
            if not section:
                raise ConfigError(f"{file}, line {number}: {line.strip()} is not a section")
            yield section, "", ""
            continue
        name, first = _pair(line, f"{file}, line {number}")
        lines = [first]
        if section is None:
            raise ConfigError(f"{file}, line {number}: {name} stands before the first section")
    if name and section:
        yield section, name, _value(lines)


def _pair(line: str, place: str) -> tuple[str, str]:
    found = re.match(r"([^:=]*)[:=](.*)", line)
    name = found[1].strip().lower().replace("-", "_") if found else ""
    if not found or not name:
        raise ConfigError(f"{place}: there is no name and value")
    return name, found[2].strip()


def _value(lines: list[str]) -> str:
    value = "\n".join(lines).strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        return value[1:-1]
    return value


def _resolved(sections: Sections, section: str, value: str, place: str, depth: int = 0) -> str:
    def referenced(found: re.Match[str]) -> str:
        name = found[1] or found[2]
        if name is None:
            return "$"
        where, _, option = name.lower().rpartition(".")
        candidates = (where,) if where else (section, DEFAULT)
        for candidate in candidates:
            values = sections.get(candidate, {}).get(option)
            if values and depth < _DEEPEST:
                return _resolved(sections, candidate, values[-1], place, depth + 1)
        raise ConfigError(f"{place}: ${name} is not in the file; write $$ for a dollar")

    return _REFERENCE.sub(referenced, value)
