"""The command ``tally``.

Starting quickly matters: nothing is imported here but Typer and the declarations of the commands, and each command
imports what it needs when it runs.
"""

from tallystick.cli.app import main

__all__ = ["main"]
