"""Making the tables what the plan says: compute the parts that are missing, swap them in, publish a release.

Every step can be repeated and resumed: a part is complete under its name or absent, a commit is atomic, and readers
see nothing before the release.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from tallystick.engine.derive import write_part
from tallystick.engine.duck import Resources, connect, create_view, literal
from tallystick.lake.schemas import CHARGE_SETS, LEDGER, TABLES
from tallystick.planner.plan import DisabledKey, Plan, Recipe, Revision
from tallystick.planner.progress import Progress
from tallystick.planner.store import Store


@dataclass(frozen=True, slots=True)
class Derivation:
    """The means to derive a tenant's tables."""

    store: Store
    resources: Resources
    progress: Progress

    def compute(self, plan: Plan, disabled: Iterable[DisabledKey]) -> None:
        """Write every derived part that the plan wants, or needs on the way, and that does not lie in the warehouse."""
        for statement in plan.statements:
            for table, part in ((LEDGER, statement.ledger), (CHARGE_SETS, statement.charge_sets)):
                _restore(statement.file(table), self.store.path(table, part))
        missing = self._missing(plan)
        if not missing:
            return
        with connect(self.resources) as connection:
            _create_disabled_keys(connection, disabled)
            for done, recipe in enumerate(missing):
                self.progress.step("deriving", done, len(missing))
                self._compute(connection, recipe)
        self.progress.step("deriving", len(missing), len(missing))

    def _missing(self, plan: Plan) -> list[Recipe]:
        """The recipes to follow, inputs first. What stands in a file put together is not computed again."""
        needed = {(table.name, part) for table in TABLES for part in self.store.settled(table, plan.parts[table.name])}
        missing: list[Recipe] = []
        for recipe in reversed(plan.recipes):
            wanted = (recipe.table.name, recipe.part) in needed
            if wanted and not self.store.path(recipe.table, recipe.part).exists():
                missing.append(recipe)
                for one in recipe.inputs:
                    needed.update((one.table.name, part) for part in self.store.settled(one.table, one.parts))
        return missing[::-1]

    def _compute(self, connection: duckdb.DuckDBPyConnection, recipe: Recipe) -> None:
        for one in recipe.inputs:
            paths = [str(self.store.path(one.table, part)) for part in sorted(self.store.settled(one.table, one.parts))]
            create_view(connection, one.view, one.table, self.store.ids[one.table.name], paths)
        if recipe.revision is not None:
            _create_revision(connection, recipe.revision)
        target = self.store.path(recipe.table, recipe.part)
        write_part(connection, recipe.model, self.store.ids[recipe.table.name], target)

    def commit(self, plan: Plan, token: int) -> bool:
        """Swap every table to what the plan wants; True when any of them changed."""
        changed = [self.store.commit(table, plan.parts[table.name], token) for table in TABLES]
        return any(changed)


def _create_disabled_keys(connection: duckdb.DuckDBPyConnection, disabled: Iterable[DisabledKey]) -> None:
    connection.execute("CREATE TABLE disabled_keys (x_source_id VARCHAR, kind VARCHAR, key VARCHAR)")
    for key in disabled:
        values = ", ".join(literal(text) for text in (key.source_id, key.kind, key.key))
        connection.execute(f"INSERT INTO disabled_keys VALUES ({values})")


def _create_revision(connection: duckdb.DuckDBPyConnection, revision: Revision) -> None:
    connection.execute(
        f"CREATE OR REPLACE VIEW revision AS SELECT DATE '{revision.billing_period}' AS billing_period, "
        f"DATE '{revision.revised_period}' AS x_revised_period, {revision.number} AS number"
    )


def _restore(kept: Path, target: Path) -> None:
    """Put a statement's file back into the warehouse, complete or not at all."""
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{uuid.uuid4().hex}.partial")
    shutil.copyfile(kept, partial)
    partial.replace(target)
