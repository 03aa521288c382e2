"""Looking after the ledger: ``reconcile``, ``maintain``, ``months``, ``close``."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import typer

from tallystick.cli.options import HomeOption, TenantOption


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(reconcile)
    app.command()(maintain)
    app.command()(months)
    app.command()(close)


def reconcile(
    deep: Annotated[bool, typer.Option("--deep", help="Read the delivered files again, independently.")] = False,
    tenant: TenantOption = "default",
    home: HomeOption = None,
) -> None:
    """Prove that bill, charges, ledger and report agree, and tell what rules could not read.

    Exits with 1 where a total does not close.
    """
    from tallystick.cli.checks import print_checks, print_unread
    from tallystick.cli.opening import open_home
    from tallystick.planner.rules.unread import unread_values
    from tallystick.reports.proof import source_totals

    opened = open_home(home)
    names = {view.source_id: view.name for view in opened.sources(tenant)}
    closes = print_checks(opened.reconcile(tenant, deep, source_totals), names)
    print_unread(unread_values(opened, tenant))
    if not closes:
        raise typer.Exit(1)


def maintain(tenant: TenantOption = "default", home: HomeOption = None) -> None:
    """Derive what is stale, compact, expire old releases."""
    from tallystick.cli.opening import open_home
    from tallystick.cli.output import exact
    from tallystick.cli.progress import watching

    opened = open_home(home)
    with watching() as progress:
        done = opened.maintain(tenant, progress=progress)
    typer.echo(
        f"{exact(done.compacted)} months compacted, {exact(done.releases_removed)} releases let go,"
        f" {exact(done.snapshots_expired)} snapshots expired, {exact(done.files_removed)} files removed"
    )


def months(tenant: TenantOption = "default", home: HomeOption = None) -> None:
    """Which months are open, which are closed."""
    from tallystick.cli.opening import open_home
    from tallystick.cli.output import month, print_table

    print_table(
        ("Month", "Source", "State", "Closed", "Revisions"),
        [
            (month(view.billing_period), view.source_name, view.state, view.closed_at, view.revision)
            for view in open_home(home).months(tenant)
        ],
        empty="no months yet: tally ingest ADDRESS",
    )


def close(
    which: Annotated[str, typer.Argument(metavar="MONTH", help="The month, YYYY-MM.")],
    source: Annotated[str, typer.Option("--source", help="Name of the source.")],
    tenant: TenantOption = "default",
    home: HomeOption = None,
) -> None:
    """Close a month and store its statement.

    What arrives for it later becomes revisions.
    """
    period = month_of(which)
    from tallystick.cli.opening import open_home

    open_home(home).close_month(tenant, source, period)
    typer.echo(f"{which} of {source} is closed")


def month_of(text: str) -> date:
    """The first day of a month written YYYY-MM."""
    try:
        return datetime.strptime(text, "%Y-%m").date()  # noqa: DTZ007
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not a month; write YYYY-MM", param_hint="MONTH") from error
