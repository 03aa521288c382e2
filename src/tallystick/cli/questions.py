"""Questions to the ledger: ``report``, ``explain``, ``sql``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tallystick.cli.options import (
    AsOfOption,
    CostTypeOption,
    CurrencyOption,
    ExcludeOption,
    FilterOption,
    FromOption,
    HomeOption,
    ReportFormat,
    SqlFormat,
    TenantOption,
    ToOption,
)
from tallystick.cli.querying import Question

FamilyArgument = Annotated[str, typer.Argument(help="aws or focus.")]
NameArgument = Annotated[str, typer.Argument(help="costs, instance-types, storage or resources/ec2-compute.")]
GroupByOption = Annotated[
    list[str] | None,
    typer.Option("--group-by", metavar="KEY[=VALUE]", help="Outer first: service, tag:KEY ... Two, of focus four."),
]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(report)
    app.command()(explain)
    app.command()(sql)


def report(
    family: FamilyArgument,
    name: NameArgument,
    *,
    group_by: GroupByOption = None,
    filters: FilterOption = None,
    exclude: ExcludeOption = None,
    order_by: Annotated[
        list[str] | None, typer.Option("--order-by", metavar="KEY[=asc|desc]", help="Descending where not said.")
    ] = None,
    first: FromOption = None,
    last: ToOption = None,
    resolution: Annotated[
        str | None,
        typer.Option("--resolution", metavar="daily|monthly", help="Default: as the API; in a table, what fits."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option("--limit", min=1, help="Only the first N groups; Others is the rest.")
    ] = None,
    offset: Annotated[int | None, typer.Option("--offset", min=0, help="Skip so many groups.")] = None,
    delta: Annotated[str | None, typer.Option("--delta", help="Change to the period before: cost or usage.")] = None,
    cost_type: CostTypeOption = None,
    currency: CurrencyOption = None,
    format: Annotated[
        ReportFormat, typer.Option("--format", help="json is what the API answers.")
    ] = ReportFormat.TABLE,
    as_of: AsOfOption = None,
    tenant: TenantOption = "default",
    home: HomeOption = None,
) -> None:
    """Where the money went.

    Without --from and --to: everything there is, by month. The keys are those of the API: for aws service, account,
    region, az, product_family, instance_type, tag:KEY; for focus the FOCUS columns (ServiceName ...) and tag:KEY.
    """
    from tallystick.cli.answering import answer

    question = Question(
        group_by=group_by or (),
        filters=filters or (),
        excludes=exclude or (),
        order_by=order_by or (),
        first_day=first,
        last_day=last,
        resolution=resolution,
        limit=limit,
        offset=offset,
        delta=delta,
        cost_type=cost_type,
        currency=currency,
    )
    answer(home, tenant, f"{family}/{name}", question, format=format, as_of=as_of)


def explain(
    family: FamilyArgument,
    name: NameArgument,
    *,
    filters: FilterOption = None,
    exclude: ExcludeOption = None,
    day: Annotated[str | None, typer.Option("--day", help="One day; instead of --from and --to.")] = None,
    first: FromOption = None,
    last: ToOption = None,
    limit: Annotated[int, typer.Option("--limit", min=1, help="How many postings and charges, biggest first.")] = 10,
    cost_type: CostTypeOption = None,
    currency: CurrencyOption = None,
    format: Annotated[
        ReportFormat, typer.Option("--format", help="json is what the API answers.")
    ] = ReportFormat.TABLE,
    as_of: AsOfOption = None,
    tenant: TenantOption = "default",
    home: HomeOption = None,
) -> None:
    """Open a number into postings, charges, file and row."""
    if day is not None and (first or last):
        raise typer.BadParameter("either --day, or --from and --to", param_hint="--day")
    from tallystick.cli.explaining import explain_cell

    question = Question(
        filters=filters or (),
        excludes=exclude or (),
        first_day=day or first,
        last_day=day or last,
        cost_type=cost_type,
        currency=currency,
    )
    explain_cell(home, tenant, f"{family}/{name}", question, limit=limit, format=format, as_of=as_of)


def sql(
    query: Annotated[str, typer.Argument(metavar="QUERY", help='One SELECT, e.g. "select count(*) from charges".')],
    *,
    format: Annotated[SqlFormat, typer.Option("--format", help="How to write the answer.")] = SqlFormat.TABLE,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file.")] = None,
    as_of: AsOfOption = None,
    tenant: TenantOption = "default",
    home: HomeOption = None,
) -> None:
    """Ask in SQL, read-only.

    The dialect is DuckDB's; the tables are charges, ledger, ledger_daily and dimension_sets.
    """
    from tallystick.cli.sql import check_query, run_query, write_answer

    check_query(query)
    from tallystick.cli.opening import open_home, release_of

    opened = open_home(home)
    with opened.session(tenant, release_of(opened, tenant, as_of)) as session:
        write_answer(run_query(session, query), format, output)
