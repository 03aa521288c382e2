"""The checks of ``tally reconcile``: a line per source, month and level, and every total that does not close; and what
thresholds could not read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tallystick.cli.output import console, print_table
from tallystick.ledger.reconcile import ROWS, Check
from tallystick.rating.unread import UnreadValue

_SHOWN = "billed_cost"


def print_checks(checks: Sequence[Check], source_names: Mapping[str, str]) -> bool:
    """Print them, source ids replaced by names; whether all close."""
    levels: dict[tuple[str, str], dict[str, Check]] = {}
    for check in checks:
        level, _, measure = check.name.rpartition(" ")
        levels.setdefault((_named(check.scope, source_names), level), {})[measure] = check
    print_table(
        ("Of", "Level", "Rows", "Billed cost", "Totals"),
        [
            (scope, level, *_line(found))
            for (scope, level), found in sorted(levels.items(), key=lambda item: item[0][0])
        ],
        empty="nothing to reconcile yet: tally ingest ADDRESS",
    )
    wrong = [check for check in checks if not check.closes]
    if wrong:
        print_table(
            ("Does not close", "Of", "Expected", "Actual"),
            [(check.name, _named(check.scope, source_names), check.expected, check.actual) for check in wrong],
            empty="",
        )
        console().print(f"{len(wrong)} of {len(checks)} totals do not close", style="red")
    elif checks:
        console().print(f"All {len(checks)} totals close, to the last digit.")
    return not wrong


def print_unread(found: Sequence[UnreadValue]) -> None:
    """Print the values that are no number though thresholds look at them; nothing where there are none."""
    if not found:
        return
    console().print("Thresholds did not count where a field's value is no number:", style="yellow")
    print_table(
        ("Metric", "Field", "Points", "Scopes", "For example"),
        [(one.metric, one.field, one.points, one.scopes, repr(one.example)) for one in found],
        empty="",
    )


def _line(found: Mapping[str, Check]) -> tuple[object, ...]:
    rows, cost = found.get(ROWS), found.get(_SHOWN)
    closing = sum(check.closes for check in found.values())
    return int(rows.actual) if rows else None, cost.actual if cost else None, f"{closing} of {len(found)} close"


def _named(scope: str, source_names: Mapping[str, str]) -> str:
    for source_id, name in source_names.items():
        scope = scope.replace(source_id, name)
    return scope
