"""The question that a metric is to Prometheus, as CloudKitty puts it, but for many scopes at once.

    prefix <agg>(<query_function>(<agg>_over_time(metric{scope_key=~"a|b"}[P]))) by (groupby, metadata) suffix

The scope key is always among the labels of ``by``, so the answer falls apart into the scopes again, and each part is
what the question for that scope alone gives. A prefix or suffix may join or rank: then each scope has its own question.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Final

from tallystick.sources.metering.extra_args import PrometheusArgs
from tallystick.sources.metering.metrics_conf import Metric

_METRIC: Final = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL: Final = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_META: Final = re.compile(r"[\\.+*?()|\[\]{}^$]")
_WINDOW: Final = re.compile(r"@\s*(start|end)\s*\(")


def question(metric: Metric, args: PrometheusArgs, scope_key: str, scopes: Sequence[str], seconds: int) -> str:
    """The query for these scopes and periods of so many seconds, to be evaluated at the end of each period."""
    selector = _selector(metric, scope_key, scopes)
    method = args.aggregation_method
    query = f"{args.range_function or f'{method}_over_time'}({selector}[{seconds}s])"
    if args.query_function:
        query = f"{args.query_function}({query})"
    query = f"{method}({query}) by ({_kept(metric)})"
    return " ".join(part for part in (args.query_prefix, query, args.query_suffix) if part)


def coverage(metric: Metric, scope_key: str, scopes: Sequence[str], seconds: int, step: int) -> str:
    """In how many of its steps, of so many seconds, a period has a sample; asked as the question itself is.

    A step is evaluated at its end and looks back to just after its beginning, a period to the middle of its first step:
    so no sample counts twice, whether an interval of Prometheus has its beginning (version 2) or not (version 3).
    """
    present = f"max_over_time({_selector(metric, scope_key, scopes)}[{1000 * step - 1}ms])"
    window = f"{1000 * seconds - 500 * step}ms:{step}s"
    return f"count_over_time((max({present}) by ({_kept(metric)}))[{window}])"


def is_separable(args: PrometheusArgs) -> bool:
    """Whether the question for several scopes can be taken apart into those for each."""
    return not (args.query_prefix or args.query_suffix)


def is_window_bound(args: PrometheusArgs) -> bool:
    """Whether the answer depends on the range of times that are asked for together."""
    return bool(_WINDOW.search(args.query_prefix) or _WINDOW.search(args.query_suffix))


def quoted(text: str) -> str:
    """As a string of PromQL."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "\\r")
    return f'"{escaped}"'


def labels(names: Iterable[str]) -> str:
    """As a list of labels; names beyond letters, digits and _ need Prometheus 3."""
    return ", ".join(name if _LABEL.fullmatch(name) else quoted(name) for name in dict.fromkeys(names))


def equals(label: str, value: str) -> str:
    """A matcher of one value."""
    return f"{labels([label])}={quoted(value)}"


def _selector(metric: Metric, scope_key: str, scopes: Sequence[str]) -> str:
    matcher = _matcher(scope_key, scopes)
    if _METRIC.fullmatch(metric.name):
        return f"{metric.name}{{{matcher}}}"
    return f"{{__name__={quoted(metric.name)}, {matcher}}}"


def _kept(metric: Metric) -> str:
    """The labels that tell points apart."""
    return labels([*metric.groupby, *metric.metadata])


def _matcher(scope_key: str, scopes: Sequence[str]) -> str:
    if len(scopes) == 1:
        return equals(scope_key, scopes[0])
    pattern = "|".join(_META.sub(r"\\\g<0>", scope) for scope in scopes)
    return f"{labels([scope_key])}=~{quoted(pattern)}"
