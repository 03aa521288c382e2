"""Making the tables what the plan says: compute the parts that are missing, swap them in, publish a release.

Every step can be repeated and resumed: a part is complete under its name or absent, a commit is atomic, and readers
see nothing before the release.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from tallystick.engine.derive import write_part
from tallystick.engine.duck import Resources, connect, create_view, literal
from tallystick.engine.models import model
from tallystick.lake.schemas import TABLES
from tallystick.planner.plan import DisabledKey, Plan, Recipe
from tallystick.planner.progress import Progress
from tallystick.planner.store import Store

@dataclass(frozen=True, slots=True)
class Derivation:
    """The means to derive a tenant's tables."""

    store: Store
    resources: Resources
    progress: Progress

    def compute(self, plan: Plan, disabled: Iterable[DisabledKey]) -> None:
        """Write every derived part that the plan wants and that does not lie in the warehouse yet."""
        missing = [recipe for recipe in plan.recipes if not self.store.path(recipe.table, recipe.part).exists()]
        if not missing:
            return
        with connect(self.resources) as connection:
            _create_disabled_keys(connection, disabled)
            for done, recipe in enumerate(missing):
                self.progress.step("deriving", done, len(missing))
                self._compute(connection, recipe)
        self.progress.step("deriving", len(missing), len(missing))

    def _compute(self, connection: duckdb.DuckDBPyConnection, recipe: Recipe) -> None:
        inputs = [str(self.store.path(recipe.input_table, part)) for part in recipe.inputs]
        create_view(connection, recipe.input_table, self.store.ids[recipe.input_table.name], inputs)
        target = self.store.path(recipe.table, recipe.part)
        write_part(connection, model(recipe.table), self.store.ids[recipe.table.name], target)

    def commit(self, plan: Plan, token: int) -> bool:
        """Swap every table to what the plan wants; True when any of them changed."""
        changed = [self.store.commit(table, plan.parts.get(table.name, ()), token) for table in TABLES]
        return any(changed)


def _create_disabled_keys(connection: duckdb.DuckDBPyConnection, disabled: Iterable[DisabledKey]) -> None:
    connection.execute("CREATE TABLE disabled_keys (x_source_id VARCHAR, kind VARCHAR, key VARCHAR)")
    for key in disabled:
        values = ", ".join(literal(text) for text in (key.source_id, key.kind, key.key))
        connection.execute(f"INSERT INTO disabled_keys VALUES ({values})")
