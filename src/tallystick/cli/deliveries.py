"""What came in: ``ingest``, ``sources``, ``sources remove``, ``deliveries``, ``deliveries show``, ``status``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tallystick.cli.options import HomeOption, SourceOption, TenantOption
from tallystick.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tallystick.planner.views import DeliveryView

SHORT_ID = 12
_sources = typer.Typer(
    help="Where deliveries come from; `sources remove NAME` ends one.",
    invoke_without_command=True,
    rich_markup_mode=None,
)
_listing = typer.Typer(
    help="What was delivered; `deliveries show ID` for one.",
    invoke_without_command=True,
    rich_markup_mode=None,
)


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(ingest)
    app.add_typer(_sources, name="sources")
    app.add_typer(_listing, name="deliveries")
    app.command()(status)


def ingest(
    address: Annotated[str, typer.Argument(help="A file, a folder or an s3:// address.")],
    *,
    kind: Annotated[str | None, typer.Option("--as", metavar="KIND", help="Its format, where not recognised.")] = None,
    source: SourceOption = None,
    no_wait: Annotated[
        bool, typer.Option("--no-wait", help="With workers: store it, and leave the rest to them.")
    ] = False,
    tenant: TenantOption = "default",
    home: HomeOption = None,
) -> None:
    """Take bills in and bring the ledger up to date, here or, where there is a broker, by workers.

    Exits with 1 if a file was refused; the others count nevertheless.
    """
    from tallystick.cli.opening import open_home
    from tallystick.cli.progress import watching
    from tallystick.cli.receipts import print_receipts

    opened = open_home(home)
    with watching() as progress:
        receipts = opened.ingest(
            address, tenant=tenant, as_kind=kind, source_name=source, progress=progress, wait=not no_wait
        )
    print_receipts(receipts)
    if any(receipt.outcome == "refused" for receipt in receipts):
        raise typer.Exit(1)


@_sources.callback()
def _list_sources(context: typer.Context, tenant: TenantOption = "default", home: HomeOption = None) -> None:
    if context.invoked_subcommand is not None:
        return
    from tallystick.cli.opening import open_home
    from tallystick.cli.output import month_range, print_table

    print_table(
        ("Number", "Name", "Kind", "Deliveries", "Months", "Last delivery"),
        [
            (str(view.number), view.name, view.kind, view.deliveries, month_range(view.periods), view.last_delivery_at)
            for view in open_home(home).sources(tenant)
        ],
        empty="no sources yet: tally ingest ADDRESS makes one",
    )


@_sources.command()
def remove(
    name: Annotated[str, typer.Argument(help="Name of the source.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    tenant: TenantOption = "default",
    home: HomeOption = None,
) -> None:
    """Remove a source: its rows leave every table, its delivered files are purged."""
    from tallystick.cli.opening import open_home

    opened = open_home(home)
    if not yes:
        typer.confirm(f"Remove {name} with all its deliveries?", abort=True)
    typer.echo(f"{name} is removed, with {opened.remove_source(tenant, name)} delivered files")


@_listing.callback()
def _list(context: typer.Context, tenant: TenantOption = "default", home: HomeOption = None) -> None:
    if context.invoked_subcommand is not None:
        return
    from tallystick.cli.opening import open_home
    from tallystick.cli.receipts import print_deliveries

    print_deliveries(open_home(home).deliveries(tenant))


@_listing.command()
def show(
    delivery_id: Annotated[str, typer.Argument(help="The id, or as much of its beginning as is unique.")],
    tenant: TenantOption = "default",
    home: HomeOption = None,
) -> None:
    """A delivery's files, months and findings."""
    from tallystick.cli.opening import open_home
    from tallystick.cli.receipts import print_delivery

    opened = open_home(home)
    print_delivery(opened.delivery(tenant, whole_id(delivery_id, opened.deliveries(tenant))))


def whole_id(beginning: str, views: Sequence[DeliveryView]) -> str:
    """The one delivery id that begins so. Raises NotFoundError for none or several."""
    ids = sorted({view.delivery_id for view in views if view.delivery_id.startswith(beginning.lower())})
    if len(ids) == 1:
        return ids[0]
    if not ids:
        raise NotFoundError(f"no delivery's id begins with {beginning!r}; tally deliveries lists them")
    raise NotFoundError(f"{len(ids)} deliveries' ids begin with {beginning!r}; give more of it")


def status(tenant: TenantOption = "default", home: HomeOption = None) -> None:
    """What is published, stale, running, and how fresh it is."""
    from tallystick.cli.opening import open_home
    from tallystick.cli.output import exact, moment, print_facts

    view = open_home(home).status(tenant)
    print_facts(
        ("Release", f"{view.release_id} of {moment(view.released_at)}" if view.release_id else "none yet"),
        ("Last delivery", moment(view.last_delivery_at) or "none yet"),
        ("Sources", exact(view.sources)),
        ("Deliveries", f"{exact(view.deliveries)}, {exact(view.refused)} refused"),
        ("Stale", f"{exact(view.stale_parts)} parts: tally maintain derives them" if view.stale_parts else "nothing"),
        ("Running", view.running or "nothing"),
        *_jobs(view.jobs),
        *((f"Rows of {name}", exact(rows)) for name, rows in view.rows.items()),
    )


def _jobs(counts: Mapping[str, int]) -> list[tuple[str, str]]:
    """How many jobs there are, where there have been any."""
    text = ", ".join(f"{count:,} {state}" for state, count in counts.items() if count)
    return [("Jobs", text)] if text else []
