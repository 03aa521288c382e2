"""Deliveries and what became of them, as tables."""

from __future__ import annotations

from collections.abc import Sequence

from tallystick.cli.deliveries import SHORT_ID
from tallystick.cli.output import console, error_console, exact, month, month_range, print_facts, print_table
from tallystick.planner.views import DeliveryView, Receipt

_SHOWN_TOTAL = "billed_cost"


def print_receipts(receipts: Sequence[Receipt]) -> None:
    """A row per delivery and month; what was refused, and why, on standard error."""
    taken = [receipt for receipt in receipts if receipt.outcome != "refused"]
    rows = [row for receipt in taken for row in _receipt_rows(receipt)]
    if rows:
        columns = "Month", "Source", "Kind", "Rows", "Billed cost", "Findings", "Delivery", ""
        print_table(columns, sorted(rows, key=lambda row: (row[1], row[0])), empty="")
    for receipt in receipts:
        if receipt.outcome == "refused":
            error_console().print(f"refused: {receipt.delivery.reason}", style="red")
    if not receipts:
        console().print("nothing to ingest was found there")


def _receipt_rows(receipt: Receipt) -> list[tuple[object, ...]]:
    view = receipt.delivery
    findings = _count(view)
    end = findings, view.delivery_id[:SHORT_ID]
    if not view.periods:
        return [("", view.source_name, view.kind, 0, None, *end, receipt.outcome)]
    return [
        (
            month(part.billing_period),
            view.source_name,
            view.kind,
            part.rows,
            part.totals.get(_SHOWN_TOTAL),
            *end,
            "replaced" if part.billing_period in receipt.replaced else receipt.outcome,
        )
        for part in view.periods
    ]


def _count(view: DeliveryView) -> int:
    """How many findings there are; one about a whole file counts once."""
    return sum(1 if finding.count is None else finding.count for finding in view.findings)


def print_deliveries(views: Sequence[DeliveryView]) -> None:
    """A row per delivery; then the reasons of refusals."""
    print_table(
        ("Delivery", "Received", "State", "Kind", "Source", "Months", "Rows", "Findings", "From"),
        [
            (
                view.delivery_id[:SHORT_ID],
                view.received_at,
                view.state,
                view.kind,
                view.source_name,
                month_range([part.billing_period for part in view.periods]),
                sum(part.rows for part in view.periods),
                _count(view),
                view.origin,
            )
            for view in views
        ],
        empty="no deliveries yet: tally ingest ADDRESS",
    )
    for view in views:
        if view.reason:
            console().print(f"{view.delivery_id[:SHORT_ID]} was refused: {view.reason}")


def print_delivery(view: DeliveryView) -> None:
    """Everything that is known of one delivery."""
    facts = [
        ("Delivery", view.delivery_id),
        ("State", view.state),
        ("Reason", view.reason),
        ("From", view.origin),
        ("Received", f"{view.received_at:%Y-%m-%d %H:%M:%S}Z"),
        ("Source", view.source_name),
        ("Kind", view.kind),
        ("Series", view.series),
        ("Version", f"{view.version:%Y-%m-%d %H:%M:%S}Z" if view.version else None),
    ]
    print_facts(*((name, text) for name, text in facts if text))
    for part in view.periods:
        console().print(f"\nMonth {month(part.billing_period)}: {exact(part.rows)} rows")
        print_table(("Measure", "Total"), list(part.totals.items()), empty="  no totals")
    console().print("\nFiles")
    print_table(
        ("Role", "Bytes", "SHA-256", "Name"),
        [(file.role, file.size_bytes, file.file_id, file.name) for file in view.files],
        empty="  none",
    )
    console().print("\nFindings")
    print_table(
        ("Rule", "Column", "Rows", "File"),
        [(finding.rule, finding.column, finding.count, finding.file) for finding in view.findings],
        empty="  none",
    )
