"""Rules as files, hashmap's and ladders: ``hashmap export`` and ``hashmap apply``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from tallystick.cli.options import HomeOption, TenantOption

_hashmap = typer.Typer(help="Rules as a file: hashmap's, and ladders.", no_args_is_help=True, rich_markup_mode=None)


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.add_typer(_hashmap, name="hashmap")


@_hashmap.command("export")
def export(tenant: TenantOption = "default", home: HomeOption = None) -> None:
    """Write the rules in force as YAML, as `apply` reads them."""
    import yaml

    from tallystick.cli.opening import open_home
    from tallystick.planner.rules.documents import export_rules

    typer.echo(yaml.safe_dump(export_rules(open_home(home), tenant), sort_keys=False, allow_unicode=True), nl=False)


@_hashmap.command("apply")
def apply(
    file: Annotated[Path, typer.Argument(help="Rules as YAML, JSON or TOML (*.toml).", exists=True, dir_okay=False)],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Change nothing; show what past periods would have cost.")
    ] = False,
    tenant: TenantOption = "default",
    home: HomeOption = None,
) -> None:
    """Make the rules in force those of a file, no more and no fewer; every difference is a line with + or -."""
    from tallystick.cli.opening import open_home
    from tallystick.cli.output import print_table
    from tallystick.planner.rules.documents import apply_rules, idle_modules, try_rules
    from tallystick.rating.rules.rulesets import read_rule_set

    wanted, opened = read_rule_set(_parsed(file)), open_home(home)
    if not dry_run:
        change = apply_rules(opened, tenant, wanted, "tally hashmap apply")
        _print(change.lines())
        for name in idle_modules(opened, tenant, wanted):
            typer.echo(f"{name} is not enabled: `tally modules enable {name}` lets it rate", err=True)
        return
    change, compared = try_rules(opened, tenant, wanted)
    _print(change.lines())
    rows = [(one.service, one.old, one.new, one.difference) for one in compared]
    print_table(("Service", "Old", "New", "Difference"), rows, empty="No past period would have cost anything else.")


def _print(lines: Iterable[str]) -> None:
    for line in list(lines) or ["No rule differs."]:
        typer.echo(line)


def _parsed(file: Path) -> object:
    import tomllib

    import yaml

    from tallystick.errors import ConfigError

    try:
        text = file.read_text(encoding="utf-8")
        return tomllib.loads(text) if file.suffix == ".toml" else yaml.safe_load(text) or {}
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, yaml.YAMLError) as error:
        raise ConfigError(f"{file}: {error}") from error
