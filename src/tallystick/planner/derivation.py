"""Following recipes: the missing parts of a partition are restored or computed, on one DuckDB connection.

Every step can be repeated and resumed: a part is complete under its name or absent, and what is there is skipped.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from types import TracebackType
from typing import Self

import duckdb

from tallystick.engine.derive import write_part
from tallystick.engine.duck import Resources, connect, create_view, literal
from tallystick.lake.storage import Storage
from tallystick.planner.plan import DisabledKey, Recipe, Revision
from tallystick.planner.steps import Restoring, Step
from tallystick.planner.store import Store


@dataclass(frozen=True)
class Derivation:
    """The means to compute a tenant's parts. Holds a connection from the first recipe until it is closed."""

    store: Store
    resources: Resources
    storage: Storage
    """Holds the statements of closed months."""

    @cached_property
    def _connection(self) -> duckdb.DuckDBPyConnection:
        return connect(self.resources)

    def follow(self, step: Step, disabled: Iterable[DisabledKey]) -> None:
        """Write what a step lacks, and what has not appeared meanwhile. The parts that it needs must be there."""
        there = self.store.inventory()
        for restoring in step.restorings:
            if not there.exists(restoring.table, restoring.part):
                self._restore(restoring)
        recipes = [recipe for recipe in step.recipes if not there.exists(recipe.table, recipe.part)]
        if recipes:
            _create_disabled_keys(self._connection, disabled)
        for recipe in recipes:
            self._compute(recipe)

    def _compute(self, recipe: Recipe) -> None:
        ids = self.store.ids
        with self.store.reading() as reading, self.store.writing(recipe.table, recipe.part) as target:
            for one in recipe.inputs:
                paths = reading.paths(one.table, self.store.settled(one.table, one.parts))
                create_view(self._connection, one.view, one.table, ids[one.table.name], paths)
            if recipe.revision is not None:
                _create_revision(self._connection, recipe.revision)
            write_part(self._connection, recipe.model, ids[recipe.table.name], target)

    def _restore(self, restoring: Restoring) -> None:
        """Put a statement's file back into the warehouse."""
        kept = restoring.statement.file(restoring.table)
        with self.storage.reading() as reading, self.store.writing(restoring.table, restoring.part) as target:
            shutil.copyfile(reading.local([kept])[0], target)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if "_connection" in self.__dict__:
            self._connection.close()


def _create_disabled_keys(connection: duckdb.DuckDBPyConnection, disabled: Iterable[DisabledKey]) -> None:
    connection.execute("CREATE OR REPLACE TABLE disabled_keys (x_source_id VARCHAR, kind VARCHAR, key VARCHAR)")
    for key in disabled:
        values = ", ".join(literal(text) for text in (key.source_id, key.kind, key.key))
        connection.execute(f"INSERT INTO disabled_keys VALUES ({values})")


def _create_revision(connection: duckdb.DuckDBPyConnection, revision: Revision) -> None:
    connection.execute(
        f"CREATE OR REPLACE VIEW revision AS SELECT DATE '{revision.billing_period}' AS billing_period, "
        f"DATE '{revision.revised_period}' AS x_revised_period, {revision.number} AS number"
    )
