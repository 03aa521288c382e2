"""Skip expressions: which rated points of a metric are left out, by an expression in Python's words.

    datapoint.get("vol", {}).get("qty", 0) == 0

CloudKitty gives such a text to ``eval``. Here it is read as an expression of values, comparisons, a few functions and
the reading methods of text, dicts and lists, and evaluated by walking it; nothing else can be said, and what cannot is
refused when it is configured.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from types import NoneType
from typing import Any, Final

from simpleeval import EvalWithCompoundTypes

from tallystick.errors import ConfigError

Skips = Callable[[Mapping[str, Any]], bool]
"""Whether a point is left out. It is a dict as scripts know it: vol, rating, groupby, metadata."""

NEVER: Final = "False"
FUNCTIONS: Final[Mapping[str, Callable[..., Any]]] = {
    function.__name__: function
    for function in (abs, all, any, bool, float, int, len, list, max, min, round, set, sorted, str, sum, tuple, Decimal)
}
POINT: Final = "datapoint"
METRIC: Final = "usage_data_metric_name"
TEXT: Final = "skip_datapoint_expression"
EXCLUDED: Final = "excluded_datapoints"
KEPT: Final = "filtered_datapoints"
"""What an expression may name; the last two are the points of its metric and period before this one."""

_METHODS: Final[dict[type, set[str]]] = {
    dict: set("get items keys values".split()),
    str: set(
        "casefold count endswith find isalnum isalpha isdigit isnumeric isspace lower lstrip partition removeprefix"
        " removesuffix rfind rpartition rsplit rstrip split startswith strip upper".split()
    ),
    list: set("count index".split()),
    tuple: set("count index".split()),
    set: set("intersection isdisjoint issubset issuperset union".split()),
    Decimal: set("is_zero is_signed to_integral_value copy_abs".split()),
    **{kind: set() for kind in (bool, int, float, NoneType)},
}
_NAMES: Final = frozenset((POINT, METRIC, TEXT, EXCLUDED, KEPT))


class Expression:
    """A skip expression that can be evaluated. Raises ConfigError for one that cannot."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._evaluator: Any = EvalWithCompoundTypes(  # type: ignore[no-untyped-call]
            functions=dict(FUNCTIONS), allowed_attrs=_METHODS
        )
        self._evaluator.ATTR_INDEX_FALLBACK = False
        try:
            self._tree = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
            raise ConfigError(f"The skip expression {text!r} is no expression: {error}.") from error
        for reason in self._objections():
            raise ConfigError(f"The skip expression {text!r} {reason}.")

    @property
    def never(self) -> bool:
        """Whether it is a constant that leaves nothing out."""
        return isinstance(self._tree, ast.Constant) and not self._tree.value

    def of(self, metric: str) -> SkipRun:
        """The expression for the points of one metric and period, one after the other."""
        return SkipRun(self, metric)

    def evaluate(self, names: Mapping[str, Any]) -> bool:
        """Whether it is true. Raises whatever evaluating it raises, as in Python."""
        self._evaluator.names = names
        return bool(self._evaluator.eval(self.text, previously_parsed=self._tree))

    def _objections(self) -> Iterator[str]:
        bound = {node.id for node in ast.walk(self._tree) if isinstance(node, ast.Name) and _is_bound(node)}
        methods = set[str]().union(*_METHODS.values())
        helpers = (ast.operator, ast.boolop, ast.unaryop, ast.cmpop, ast.expr_context, ast.comprehension)
        for node in ast.walk(self._tree):
            match node:
                case ast.Name(id=name) if name not in _NAMES | bound | FUNCTIONS.keys():
                    yield f"names {name!r}; it may name {', '.join(sorted(_NAMES))} and {', '.join(sorted(FUNCTIONS))}"
                case ast.Attribute(attr=name) if name not in methods:
                    yield f"uses .{name}; it may use {', '.join(sorted(methods))}"
                case _ if not isinstance(node, helpers) and type(node) not in self._evaluator.nodes:
                    yield f"has a {type(node).__name__}, which has no place in it"


class SkipRun:
    """An expression over the points of one metric and period, with what became of those before."""

    def __init__(self, expression: Expression, metric: str) -> None:
        self._expression = expression
        self._names: dict[str, Any] = {METRIC: metric, TEXT: expression.text, EXCLUDED: [], KEPT: []}

    def skips(self, point: Mapping[str, Any]) -> bool:
        """Whether a point is left out. Raises whatever evaluating raises; the point is then kept."""
        try:
            skipped = self._expression.evaluate({**self._names, POINT: point})
        except Exception:
            self._names[KEPT].append(point)
            raise
        self._names[EXCLUDED if skipped else KEPT].append(point)
        return skipped


def compile_expression(text: str) -> Skips:
    """The expression for points of no metric in particular. Raises ConfigError."""
    expression = Expression(text)
    return lambda point: expression.of("").skips(point)


def _is_bound(name: ast.Name) -> bool:
    """Whether a comprehension sets the name."""
    return isinstance(name.ctx, ast.Store)
