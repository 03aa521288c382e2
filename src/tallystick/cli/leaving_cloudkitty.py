"""What a CloudKitty has beside its configuration: ``import cloudkitty-rules`` and ``import cloudkitty-storage``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from tallystick.cli.importing import imports
from tallystick.cli.options import FromOption, HomeOption, TenantOption, ToOption

if TYPE_CHECKING:
    from datetime import date
    from zoneinfo import ZoneInfo

_Where = Annotated[str, typer.Argument(help="cloudkitty.conf, or the address of the database.", metavar="WHERE")]


def register(app: typer.Typer) -> None:  # noqa: ARG001 (its group is registered by ``importing``)
    """Add this module's commands."""
    imports.command("cloudkitty-rules")(rules)
    imports.command("cloudkitty-storage")(storage)


def rules(
    where: _Where,
    *,
    time_zone: Annotated[
        str,
        typer.Option("--time-zone", help="Of the host where CloudKitty's API runs: its rules have that host's time."),
    ] = "UTC",
    tenant: TenantOption = "default",
    home: HomeOption = None,
) -> None:
    """Take over hashmap rules, scripts, module states and scope states from CloudKitty's SQL database.

    What is here already is left as it is. What cannot be taken over is listed on standard error; it exits with 1 then.
    """
    from tallystick.cli.opening import open_home
    from tallystick.cli.output import print_facts
    from tallystick.planner.rules.taken_over import take_over_rules
    from tallystick.rating.rules.cloudkitty import read_rules
    from tallystick.sources.cloudkitty_storage.opening import database_address

    found = read_rules(database_address(where), _zone(time_zone), tenant)
    taken = take_over_rules(open_home(home), tenant, found)
    print_facts(*((name, f"{count.new} taken over, {count.known} here already") for name, count in taken.items()))
    for line in found.left:
        typer.echo(f"not taken over: {line}", err=True)
    if found.left:
        raise typer.Exit(1)


def storage(
    where: Annotated[
        str,
        typer.Argument(
            help="cloudkitty.conf, or the address of its storage: mysql://..., influxdb+http://...,"
            " influxdb2+http://..., elasticsearch+http://..., opensearch+http://... or loki+http://...",
            metavar="WHERE",
        ),
    ],
    *,
    source: Annotated[str, typer.Option("--source", help="The source that the points shall belong to.")] = "cloudkitty",
    scope_key: Annotated[
        str | None, typer.Option("--scope-key", help="The attribute that says a point's scope.  [default: project_id]")
    ] = None,
    first: FromOption = None,
    last: ToOption = None,
    tenant: TenantOption = "default",
    home: HomeOption = None,
) -> None:
    """Take over rated history, day by day, with its prices; run again, it takes over what is new.

    Compares points and cost with the ledger, and exits with 1 where they differ.
    """
    from tallystick.cli.opening import open_home
    from tallystick.cli.output import exact
    from tallystick.cli.progress import watching
    from tallystick.planner.metering.history import take_over
    from tallystick.sources.cloudkitty_storage.opening import configured_scope_key, open_storage

    found = open_storage(where)
    with watching() as progress:
        taken = take_over(
            open_home(home),
            tenant,
            found,
            source_name=source,
            scope_key=scope_key or configured_scope_key(where) or "project_id",
            within=(_day(first, "--from"), _day(last, "--to")),
            progress=progress,
        )
    if taken is None:
        typer.echo(f"{found.name} has no points of these days")
        return
    typer.echo(f"{found.name}, {taken.first} to {taken.last}")
    stored, ledger = taken.stored, taken.ledger
    if taken.rounded:
        typer.echo(f"{exact(taken.rounded)} numbers had more than 18 decimals, as floats have, and were rounded there")
    if taken.unchanged:
        typer.echo(f"{exact(taken.unchanged)} days had been taken over before, just so")
    if taken.equal:
        typer.echo(f"{exact(stored.points)} points, cost {exact(stored.cost)}: equal")
        return
    typer.echo(
        f"{exact(stored.points)} points, cost {exact(stored.cost)} there;"
        f" {exact(ledger.points)} points, cost {exact(ledger.cost)} here: not equal,"
        f" so {source} has points of these days from elsewhere, or some were withdrawn by a scope's reset"
    )
    raise typer.Exit(1)


def _day(text: str | None, option: str) -> date | None:
    from datetime import date

    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not a day; write YYYY-MM-DD", param_hint=option) from error


def _zone(name: str) -> ZoneInfo:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise typer.BadParameter(f"{name!r} is not a time zone", param_hint="--time-zone") from error
