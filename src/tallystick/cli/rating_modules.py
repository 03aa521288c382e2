"""``modules``: which rating modules take part, and in which order."""

from __future__ import annotations

from typing import Annotated

import typer

from tallystick.cli.options import HomeOption, TenantOption

_modules = typer.Typer(help="Rating modules: which take part, and in which order.", rich_markup_mode=None)
_Name = Annotated[str, typer.Argument(help="hashmap, pyscripts, tiers, or a module that is installed.")]
_Priority = Annotated[int | None, typer.Option("--priority", min=1, help="The highest rates first.")]


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(_modules, name="modules")


@_modules.callback(invoke_without_command=True)
def _list(context: typer.Context, tenant: TenantOption = "default", home: HomeOption = None) -> None:
    """List the rating modules."""
    if context.invoked_subcommand is not None:
        return
    from tallystick.cli.opening import open_home
    from tallystick.cli.output import print_table
    from tallystick.rating.modules import MODULES, states

    with open_home(home).database.of(tenant).read() as session:
        found = states(session, tenant)
    rows = [
        (one.module_id, "yes" if one.enabled else "no", one.priority, MODULES[one.module_id].description)
        for one in found
    ]
    print_table(("Module", "Enabled", "Priority", "Is"), rows, empty="There are no rating modules.")


@_modules.command("enable")
def enable(name: _Name, priority: _Priority = None, tenant: TenantOption = "default", home: HomeOption = None) -> None:
    """Let a module rate what is not processed yet."""
    _set(name, True, priority, tenant, home)


@_modules.command("disable")
def disable(name: _Name, tenant: TenantOption = "default", home: HomeOption = None) -> None:
    """Let a module rate no more; what is processed stays as it was rated."""
    _set(name, False, None, tenant, home)


def _set(name: str, enabled: bool, priority: int | None, tenant: str, home: HomeOption) -> None:
    from tallystick.cli.opening import open_home
    from tallystick.planner.refresh import refresh
    from tallystick.rating.modules import change_state

    opened = open_home(home)
    with opened.database.of(tenant).write() as session:
        state = change_state(session, tenant, name, enabled, priority)
    refresh(opened, tenant)
    typer.echo(f"{name} is {'enabled' if state.enabled else 'disabled'}, priority {state.priority}")
