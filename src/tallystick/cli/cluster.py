"""The processes of a cluster and what they do: ``worker``, ``scheduler``, ``jobs``, ``watch``."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tallystick.cli.options import HomeOption, SourceOption, TenantOption

if TYPE_CHECKING:
    from tallystick.planner.jobs.desk import Desk

SHORT_ID = 12
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_jobs = typer.Typer(
    help="What workers have to do; `jobs show ID` for one, `jobs retry ID` for one that is dead.",
    invoke_without_command=True,
    rich_markup_mode=None,
)


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(worker)
    app.command()(scheduler)
    app.add_typer(_jobs, name="jobs")
    app.command()(watch)


def worker(
    queues: Annotated[str, typer.Option("--queues", help="Which jobs: small, large or both.")] = "small,large",
    concurrency: Annotated[int, typer.Option("--concurrency", min=1, help="How many at a time.")] = 1,
    home: HomeOption = None,
) -> None:
    """Run jobs until interrupted. A job that is running then is finished first."""
    from tallystick.cli.logging import configure_logging
    from tallystick.cli.opening import configuration
    from tallystick.planner.jobs.queue import QUEUES
    from tallystick.planner.jobs.tasks import work

    wanted = [name.strip() for name in queues.split(",")]
    if not set(wanted) <= set(QUEUES):
        raise typer.BadParameter(f"{queues!r}: there are the queues {' and '.join(QUEUES)}", param_hint="--queues")
    config = configuration(home)
    configure_logging(config.log, default_level="info")
    work(config, wanted, concurrency)


def scheduler(home: HomeOption = None) -> None:
    """Keep jobs moving until interrupted: poll watched addresses, queue what is stale, send again what was lost."""
    import signal
    import threading

    from tallystick.cli.opening import open_home
    from tallystick.planner.jobs.scheduler import Scheduler

    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    Scheduler(open_home(home, log_level="info")).run(stop)


@_jobs.callback()
def _list_jobs(
    context: typer.Context,
    state: Annotated[str | None, typer.Option("--state", help="queued, running, done or dead.")] = None,
    tenant: TenantOption = "default",
    home: HomeOption = None,
) -> None:
    if context.invoked_subcommand is not None:
        return
    from tallystick.cli.opening import open_home
    from tallystick.cli.output import print_table
    from tallystick.planner.jobs.desk import Desk
    from tallystick.planner.jobs.queue import STATES

    if state is not None and state not in STATES:
        raise typer.BadParameter(f"{state!r}: the states are {', '.join(STATES)}", param_hint="--state")
    print_table(
        ("Job", "Kind", "About", "Queue", "State", "Attempts", "Made", "Reason"),
        [
            (
                view.job_id[:SHORT_ID],
                view.kind,
                view.subject,
                view.queue,
                view.state,
                view.attempts,
                view.created_at,
                view.reason,
            )
            for view in Desk(open_home(home), tenant).jobs(state)
        ],
        empty="no jobs" if state is None else f"no {state} jobs",
    )


@_jobs.command("show")
def _show_job(
    job: Annotated[str, typer.Argument(help="The id, or as much of its beginning as is unique.")],
    tenant: TenantOption = "default",
    home: HomeOption = None,
) -> None:
    """One job: what it is about, how it went."""
    from tallystick.cli.opening import open_home
    from tallystick.cli.output import moment, print_facts
    from tallystick.planner.jobs.desk import Desk

    view = Desk(open_home(home), tenant).job(job)
    facts = [
        ("Job", view.job_id),
        ("Kind", view.kind),
        ("About", view.subject),
        ("Queue", view.queue),
        ("State", view.state),
        ("Attempts", str(view.attempts)),
        ("Reason", view.reason),
        ("Made", moment(view.created_at)),
        ("Due", moment(view.due_at)),
        ("Started", moment(view.started_at)),
        ("Ended", moment(view.ended_at)),
    ]
    print_facts(*((name, text) for name, text in facts if text))


@_jobs.command("retry")
def _retry_jobs(
    job: Annotated[str | None, typer.Argument(help="A dead job's id, or its beginning.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that are dead.")] = False,
    tenant: TenantOption = "default",
    home: HomeOption = None,
) -> None:
    """Queue a dead job again, with all its attempts before it."""
    from tallystick.cli.opening import open_home
    from tallystick.planner.jobs.desk import Desk

    if everything == (job is not None):
        raise typer.BadParameter("give a job's id, or --all")
    desk = Desk(open_home(home), tenant)
    typer.echo(f"{desk.retry(desk.job(job).job_id if job else None)} jobs are queued again")


def watch(
    address: Annotated[
        str | None, typer.Argument(help="A folder or an s3:// address that every worker reaches.")
    ] = None,
    *,
    kind: Annotated[str | None, typer.Option("--as", metavar="KIND", help="Its format, where not recognised.")] = None,
    source: SourceOption = None,
    every: Annotated[str, typer.Option("--every", metavar="TIME", help="How often, e.g. 90s, 15m, 6h.")] = "15m",
    listing: Annotated[bool, typer.Option("--list", help="What is watched.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Watch it no more.")] = False,
    tenant: TenantOption = "default",
    home: HomeOption = None,
) -> None:
    """Take in again and again what appears at an address. The scheduler does it."""
    from tallystick.cli.opening import open_home
    from tallystick.planner.jobs.desk import Desk

    if listing == (address is not None):
        raise typer.BadParameter("give an address, or --list")
    desk = Desk(open_home(home), tenant)
    if address is None:
        _list_watches(desk)
        return
    where = address if "://" in address else str(Path(address).absolute())
    if remove:
        desk.unwatch(where)
        typer.echo(f"{where} is not watched any more")
    else:
        desk.watch(where, kind=kind, source_name=source, every=duration(every))
        typer.echo(f"{where} is watched every {every}")


def _list_watches(desk: Desk) -> None:
    from tallystick.cli.output import print_table

    print_table(
        ("Address", "Kind", "Source", "Every", "Next"),
        [(view.address, view.kind, view.source_name, str(view.every), view.next_at) for view in desk.watches()],
        empty="nothing is watched: tally watch ADDRESS",
    )


def duration(text: str) -> timedelta:
    """A time written as a number and s, m, h or d."""
    found = re.fullmatch(r"(\d+)\s*([smhd])", text)
    if not found or not int(found[1]):
        raise typer.BadParameter(f"{text!r} is not a time; write 90s, 15m, 6h or 1d", param_hint="--every")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})
