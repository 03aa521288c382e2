"""Metering: ``process`` collects and rates what is due, ``scopes`` shows how far each scope is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tallystick.cli.options import HomeOption, TenantOption

if TYPE_CHECKING:
    from tallystick.planner.home import Home


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(process)
    app.command()(scopes)


def process(
    every: Annotated[
        str | None, typer.Option("--every", metavar="TIME", help="Again and again, e.g. 90s, 15m, until interrupted.")
    ] = None,
    tenant: TenantOption = "default",
    home: HomeOption = None,
) -> None:
    """Collect and rate the periods that are due, and those that are to be reprocessed.

    `tally serve` does so by itself, and with a broker the scheduler. Exits with 1 where a scope could not be collected.
    """
    from tallystick.cli.cluster import duration
    from tallystick.cli.opening import open_home
    from tallystick.cli.output import print_table
    from tallystick.cli.progress import watching
    from tallystick.planner.metering.processing import process as run

    opened = open_home(home, log_level="info" if every else "warning")
    if every is not None:
        _keep_on(opened, duration(every).total_seconds())
        return
    with watching() as progress:
        done = run(opened, tenant, progress)
    print_table(
        ("Source", "Scopes", "Periods", "Points", "Problems"),
        [(one.name, one.scopes, one.periods, one.points, one.problems) for one in done],
        empty="nothing is metered; tally import cloudkitty.conf metrics.yml begins",
    )
    if any(one.problems for one in done):
        typer.echo("tally scopes says what is wrong", err=True)
        raise typer.Exit(1)


def scopes(tenant: TenantOption = "default", home: HomeOption = None) -> None:
    """How far each scope is processed, and what keeps it."""
    from tallystick.cli.opening import open_home
    from tallystick.cli.output import print_table
    from tallystick.planner.metering.scopes import ScopeFilter, find

    with open_home(home).database.of(tenant).read() as session:
        rows = find(session, tenant, ScopeFilter())
    print_table(
        ("Scope", "Key", "Fetcher", "Collector", "Processed to", "Active", "Problem"),
        [
            (
                row.scope_id,
                row.scope_key,
                row.fetcher,
                row.collector,
                row.last_processed_at,
                "yes" if row.active else "no",
                row.problem,
            )
            for row in rows
        ],
        empty="no scope is known yet",
    )


def _keep_on(opened: Home, seconds: float) -> None:
    import signal
    import threading

    from tallystick.planner.metering.loop import keep_processing

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    keep_processing(opened, stop, seconds)
