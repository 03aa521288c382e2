"""Objects of a request, as frozen dataclasses whose annotations name the parsers of their attributes.

An attribute without a default is mandatory. ``null`` is the same as leaving an attribute out.
"""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Final, Union, get_args, get_origin, get_type_hints

from tallystick.api.cloudkitty.wsme.faults import FaultError, InvalidInputError
from tallystick.api.cloudkitty.wsme.types import Parser, mapping

WIRE: Final = "wire"
"""In the metadata of a dataclass field: its name on the wire, where that is no name in Python."""


@dataclass(frozen=True, slots=True)
class Attribute:
    """An argument of an endpoint, or an attribute of an object."""

    name: str
    wire: str
    parse: Parser
    mandatory: bool


@cache
def attributes(kind: type) -> tuple[Attribute, ...]:
    """The attributes of an object."""
    hints = get_type_hints(kind, include_extras=True)
    return tuple(
        Attribute(
            one.name,
            one.metadata.get(WIRE, one.name),
            parser(hints[one.name]),
            one.default is dataclasses.MISSING and one.default_factory is dataclasses.MISSING,
        )
        for one in dataclasses.fields(kind)
    )


def parameters(function: Callable[..., object]) -> tuple[Attribute, ...]:
    """The arguments of an endpoint, without the call that comes first."""
    hints = get_type_hints(function, include_extras=True)
    given = list(inspect.signature(function).parameters.values())[1:]
    return tuple(
        Attribute(one.name, one.name, parser(hints[one.name]), one.default is inspect.Parameter.empty) for one in given
    )


def parser(hint: Any) -> Parser:
    """What reads a value of an annotation: that of ``Annotated``, an object's, or a list's."""
    if get_origin(hint) is Annotated:
        found: Parser = get_args(hint)[1]
        return found
    if get_origin(hint) is list:
        return _list_parser(parser(get_args(hint)[0]))
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return lambda name, value: read_object(hint, name, mapping(name, value))
    if get_origin(hint) is Union or hasattr(hint, "__args__"):
        return parser(next(one for one in get_args(hint) if one is not type(None)))
    raise TypeError(f"nothing reads {hint!r}")


def _list_parser(item: Parser) -> Parser:
    def parse(name: str, value: Any) -> list[Any]:
        if not isinstance(value, list):
            raise InvalidInputError(name, value, "Value should be a list.")
        return [item(name, one) for one in value]

    return parse


def read_object(kind: type, argument: str, given: Mapping[str, Any]) -> Any:
    """An object, from its attributes on the wire. Raises FaultError."""
    known = {one.wire: one for one in attributes(kind)}
    for name in given:
        if name not in known:
            raise FaultError(f"Unknown attribute for argument {argument}: {name}")
    found = {}
    for name, one in known.items():
        if given.get(name) is not None:
            found[one.name] = one.parse(name, given[name])
        elif one.mandatory:
            raise InvalidInputError(name, None, "Mandatory field missing.")
    return kind(**found)
