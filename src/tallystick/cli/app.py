"""The Typer application: which commands there are, and what an error looks like and exits with."""

from __future__ import annotations

import gc
import os
import sys
from typing import Annotated

import typer

from tallystick.cli import (
    cluster,
    deliveries,
    importing,
    leaving_cloudkitty,
    moving,
    operations,
    processing,
    questions,
    rating_modules,
    rule_sets,
    system,
)
from tallystick.cli.complaints import describe
from tallystick.errors import QueryError, TallyError

USAGE_ERROR = 2
DEFECT = 70
"""The exit code of an error that is ours: EX_SOFTWARE of sysexits.h."""
OBJECTS_BETWEEN_COLLECTIONS = 100_000
"""Python's 700 would look through all modules again and again while they are imported: a fifth of a short command."""

app = typer.Typer(
    name="tally",
    help="Costs of computing, from the bill to the report, exact to the last digit.",
    epilog="All state lives in one folder: --home, else TALLY_HOME, else ./.tally.",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for room in (
    deliveries,
    importing,
    leaving_cloudkitty,
    processing,
    rating_modules,
    rule_sets,
    questions,
    operations,
    cluster,
    moving,
    system,
):
    room.register(app)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        typer.echo(f"tally {version('tallystick')}")
        raise typer.Exit


@app.callback()
def _everywhere(
    debug: Annotated[
        bool, typer.Option("--debug", help="Show where an error came from; so does TALLY_DEBUG=1.")
    ] = False,
    version: Annotated[  # noqa: ARG001
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    if debug:
        os.environ["TALLY_DEBUG"] = "1"


def main() -> int:
    """Run the command line. Exits with 0, 1 for an error that the user can put right, 2 for wrong usage."""
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)
    try:
        app()
    except TallyError as error:
        return _complain(describe(error), USAGE_ERROR if isinstance(error, QueryError) else 1)
    except Exception as error:
        return _complain(f"{type(error).__name__}: {error}\n{_defect_note()}", DEFECT)
    return 0


def _defect_note() -> str:
    if os.environ.get("TALLY_DEBUG"):
        return "This is a defect of Tallystick."
    return "This is a defect of Tallystick; please report it with what TALLY_DEBUG=1 shows."


def _complain(message: str, code: int) -> int:
    """Writes the error, and with TALLY_DEBUG where it came from."""
    sys.stdout.flush()
    if os.environ.get("TALLY_DEBUG"):
        import traceback

        traceback.print_exc()
    typer.secho("error: ", fg=typer.colors.RED, bold=True, err=True, nl=False)
    typer.echo(message, err=True)
    return code
