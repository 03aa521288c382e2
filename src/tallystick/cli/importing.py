"""Taking over from others (CloudKitty, AWS Organizations): ``import``; and ``metering``: what is collected."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tallystick.cli.options import HomeOption, TenantOption

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tallystick.sources.metering.options import MeteringConfig

_COMMAND = "cloudkitty"


class _ByDefault(typer.core.TyperGroup):
    """A group whose first command is meant when none is named: ``import FILE FILE``."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        return super().resolve_command(ctx, args if args[0] in self.commands else [_COMMAND, *args])


imports = typer.Typer(
    cls=_ByDefault,
    help="Take over from CloudKitty, or the tree of an AWS organisation.",
    no_args_is_help=True,
    invoke_without_command=True,
    rich_markup_mode=None,
)
_metering = typer.Typer(
    help="What is collected, and how; `metering forget NAME` ends it.",
    invoke_without_command=True,
    rich_markup_mode=None,
)


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(imports, name="import")
    app.add_typer(_metering, name="metering")


@imports.command(_COMMAND)
def cloudkitty(
    conf: Annotated[Path, typer.Argument(help="CloudKitty's configuration, cloudkitty.conf.", exists=True)],
    metrics: Annotated[Path, typer.Argument(help="Its metrics.yml.", exists=True)],
    name: Annotated[str, typer.Option("--name", help="Of the source that the points belong to.")] = "cloudkitty",
    tenant: TenantOption = "default",
    home: HomeOption = None,
) -> None:
    """Collect what a CloudKitty collects: `tally import cloudkitty.conf metrics.yml`.

    What is not taken over is listed on standard error. Importing again replaces the configuration of that name.
    """
    from tallystick.cli.opening import open_home
    from tallystick.planner.metering import sources
    from tallystick.sources.metering.importing import import_config
    from tallystick.sources.metering.registry import open_collector, open_fetcher

    imported = import_config(_text(conf), str(conf), _text(metrics), str(metrics))
    open_fetcher(imported.config)
    open_collector(imported.config)
    new = sources.configure(open_home(home).database.of(tenant), name, imported.config)
    for line in imported.left:
        typer.echo(f"not taken over: {line}", err=True)
    collect = imported.config.collect
    typer.echo(
        f"{name} is {'configured' if new else 'configured anew'}: {len(imported.config.metrics)} metrics every"
        f" {collect.period} s from {collect.collector}, scopes from {imported.config.fetcher}"
    )


@imports.command("aws-organization")
def aws_organization(
    file: Annotated[
        Path | None, typer.Argument(help="What the AWS CLI printed, collected in one JSON file.", exists=True)
    ] = None,
    live: Annotated[
        bool, typer.Option("--live", help="Ask AWS Organizations now, with boto3's own credentials.")
    ] = False,
    since: Annotated[str | None, typer.Option("--since", help="The day from which it is so; default today.")] = None,
    tenant: TenantOption = "default",
    home: HomeOption = None,
) -> None:
    """Take the tree that an AWS organisation's accounts stand in: `tally import aws-organization tree.json`.

    Importing it again keeps the history: reports of earlier days show it as it was then.
    """
    from tallystick import clock
    from tallystick.cli.opening import open_home
    from tallystick.errors import ConfigError
    from tallystick.settings.organizations import keep_tree
    from tallystick.sources.aws.organization import crawl, organizations_client, read_tree, tree_of

    if (file is None) is not live:
        raise ConfigError("name the file of the tree, or say --live")
    nodes = tree_of(crawl(organizations_client()), "AWS") if file is None else read_tree(_text(file), str(file))
    changed = keep_tree(open_home(home).database.of(tenant), nodes, _day(since) if since else clock.today())
    accounts = sum(node.is_account for node in nodes)
    typer.echo(
        f"{nodes[0].node_id}: {len(nodes) - accounts} organizational units, {accounts} accounts; {changed} changed"
    )


@_metering.callback()
def _list(context: typer.Context, tenant: TenantOption = "default", home: HomeOption = None) -> None:
    if context.invoked_subcommand is not None:
        return
    from tallystick.cli.opening import open_home
    from tallystick.cli.output import print_table
    from tallystick.planner.metering import sources

    with open_home(home).database.of(tenant).read() as session:
        configured = sources.configured(session, tenant)
    print_table(
        ("Source", "Section", "Option", "Value"),
        [(name, *row) for name, config in configured.items() for row in _rows(config)],
        empty="nothing is collected yet: tally import cloudkitty.conf metrics.yml",
    )


@_metering.command()
def forget(
    name: Annotated[str, typer.Argument(help="Name of the source.")],
    tenant: TenantOption = "default",
    home: HomeOption = None,
) -> None:
    """Collect no more from a source; its points stay."""
    from tallystick.cli.opening import open_home
    from tallystick.planner.metering import sources

    sources.forget(open_home(home).database.of(tenant), name)
    typer.echo(f"{name} is collected from no more")


def _rows(config: MeteringConfig) -> Iterator[tuple[str, str, str]]:
    yield from config.shown()
    for metric in config.metrics:
        yield "metrics", metric.key, f"{metric.type_name}, {metric.unit}"


def _day(text: str) -> date:
    from tallystick.errors import ConfigError

    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"--since {text}: a day such as 2026-11-22 was expected") from error


def _text(path: Path) -> str:
    from tallystick.errors import ConfigError

    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path}: {error}") from error
