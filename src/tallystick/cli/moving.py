"""Moving a home: ``migrate lake``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tallystick.cli.options import HomeOption


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    group = typer.Typer(help="Move everything that a home holds into another.", no_args_is_help=True)
    group.command()(lake)
    app.add_typer(group, name="migrate")


def lake(
    target: Annotated[Path, typer.Argument(help="The other home: its folder, or its configuration file.")],
    home: HomeOption = None,
) -> None:
    """Move deliveries, statements, settings and charges of every tenant, and derive the rest there.

    Every file is verified by its hash, every total against this home's, which is only read. Run it again when it was
    interrupted. The environment's TALLY_ variables are about this home, not about the other.
    """
    from tallystick.cli.opening import open_home
    from tallystick.cli.output import exact, print_table
    from tallystick.cli.progress import watching
    from tallystick.planner.home import Home
    from tallystick.planner.migration import migrate
    from tallystick.reports.proof import source_totals
    from tallystick.settings.loading import load_config

    opened = open_home(home)
    other = Home(load_config({"TALLY_CONFIG" if target.is_file() else "TALLY_HOME": str(target)}))
    with watching() as progress:
        moved = migrate(opened, other, source_totals, progress)
    print_table(
        ("Tenant", "Files", "Bytes", "Copied now", "Rows of settings", "Totals that close"),
        [(one.tenant, one.files, one.bytes, one.files_copied, one.rows, one.checks) for one in moved],
        empty="there was nothing to move",
    )
    files = sum(one.files for one in moved)
    typer.echo(f"{exact(files)} files in {other.storage.uri('').rstrip('/')}, each with the hash that it has here")
