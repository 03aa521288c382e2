"""The installation itself: ``serve``, ``config show``, ``plugins``."""

from __future__ import annotations

from typing import Annotated

import typer

from tallystick.cli.options import HomeOption

_config = typer.Typer(help="Settings.", no_args_is_help=True, rich_markup_mode=None)
PLUGIN_GROUPS = (
    "tallystick.sources",
    "tallystick.fetchers",
    "tallystick.collectors",
    "cloudkitty.rating.processors",
    "tallystick.exports",
)


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command()(serve)
    app.add_typer(_config, name="config")
    app.command()(plugins)


def serve(
    host: Annotated[str | None, typer.Option("--host", help="Address to listen on.  [default: 127.0.0.1]")] = None,
    port: Annotated[int | None, typer.Option("--port", help="Port; 0 for any free one.  [default: 8000]")] = None,
    processes: Annotated[
        int | None, typer.Option("--processes", min=1, help="How many answer side by side.  [default: 1]")
    ] = None,
    home: HomeOption = None,
) -> None:
    """Serve the API and the web page until interrupted."""
    from tallystick.access import is_loopback_host
    from tallystick.cli.opening import open_home
    from tallystick.cli.serving import run

    opened = open_home(home, log_level="info")
    server = opened.config.serve
    address = host or server.host
    if not (is_loopback_host(address) or server.trusted_gateways):
        typer.echo("warning: without serve.trusted_gateways only this machine itself is let in", err=True)
    run(opened, address, server.port if port is None else port, processes or server.processes)


@_config.command("show")
def show(home: HomeOption = None) -> None:
    """Every setting, its value, and where it came from."""
    from tallystick.cli.output import print_table
    from tallystick.settings.loading import load

    loaded = load(given={} if home is None else {"home": home})
    print_table(
        ("Setting", "Value", "From"),
        [(setting.name, setting.value, setting.origin) for setting in loaded.provenance()],
        empty="",
    )


@_config.callback()
def _settings() -> None:
    """Settings."""


def plugins() -> None:
    """Sources, rating and exports that are installed."""
    from importlib.metadata import entry_points

    from tallystick.cli.output import print_table

    print_table(
        ("Group", "Name", "From", "Package"),
        [
            (group, found.name, found.value, f"{found.dist.name} {found.dist.version}" if found.dist else None)
            for group in PLUGIN_GROUPS
            for found in sorted(entry_points(group=group), key=lambda found: found.name)
        ],
        empty="nothing is plugged in; is the package installed?",
    )
