"""YAML without loss: a number keeps the digits that were written, and no key hides another."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Any

import yaml

from tallystick.errors import ConfigError


class _ExactLoader(yaml.SafeLoader):
    """Safe, with decimals in place of floats."""


def _decimal(loader: _ExactLoader, node: yaml.ScalarNode) -> Decimal:
    text = str(loader.construct_scalar(node))
    try:
        number = Decimal(text.replace("_", ""))
    except InvalidOperation:
        raise yaml.constructor.ConstructorError(None, None, f"{text} is no decimal number", node.start_mark) from None
    return number


def _mapping(loader: _ExactLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    loader.flatten_mapping(node)
    seen: dict[Any, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in seen:
            raise yaml.constructor.ConstructorError(None, None, f"{key!r} stands there twice", key_node.start_mark)
        seen[key] = loader.construct_object(value_node, deep=True)
    return seen


_ExactLoader.add_constructor("tag:yaml.org,2002:float", _decimal)
_ExactLoader.add_constructor("tag:yaml.org,2002:map", _mapping)


def read(text: str, file: str) -> object:
    """The document. Raises ConfigError with the file, the line and the reason."""
    try:
        return yaml.load(text, _ExactLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line = f", line {mark.line + 1}" if mark else ""
        raise ConfigError(f"{file}{line}: {error.problem or 'this is not YAML'}") from error
    except (yaml.YAMLError, TypeError, RecursionError) as error:
        raise ConfigError(f"{file}: {error}") from error
