"""Following recipes: the missing parts of a partition are restored or computed, on one DuckDB connection or in Trino.

Every step can be repeated and resumed: a part is complete under its name or absent, and what is there is skipped.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

import duckdb

from tallystick.engine.derive import write_part
from tallystick.engine.duck import Resources, connect, create_relations, create_view
from tallystick.engine.models import unrated_model
from tallystick.engine.relations import relation_of
from tallystick.lake.schemas import RATED_POINTS, ColumnType
from tallystick.lake.storage import Storage, copy
from tallystick.planner.large import LargeParts
from tallystick.planner.plan import DisabledKey, Recipe, Revision
from tallystick.planner.steps import Restoring, Step
from tallystick.planner.store import Store
from tallystick.rating.chain import Chain


@dataclass(frozen=True)
class Derivation:
    """The means to compute a tenant's parts. Holds a connection from the first recipe until it is closed."""

    store: Store
    resources: Resources
    storage: Storage
    """Holds the statements of closed months."""
    large: LargeParts | None
    """Where what is large is computed."""

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
        keys = _disabled_keys(key for key in disabled if key.source_id == step.partition.source_id)
        for recipe in recipes:
            metered = recipe.metered.relations if recipe.metered else {}
            self._compute(recipe, {"disabled_keys": keys, "revision": _revision(recipe.revision), **metered})

    def _compute(self, recipe: Recipe, relations: Mapping[str, str]) -> None:
        there = self.store.inventory()
        in_python = recipe.table is RATED_POINTS
        if self.large and not in_python and self.large.takes(recipe, there):
            self.large.compute(self.store, recipe, there, relations)
        else:
            self._compute_here(recipe, relations)

    def _compute_here(self, recipe: Recipe, relations: Mapping[str, str]) -> None:
        ids = self.store.ids
        with self.store.reading() as reading, self.store.writing(recipe.table, recipe.part) as target:
            for one in recipe.inputs:
                paths = reading.paths(one.table, self.store.settled(one.table, one.parts))
                create_view(self._connection, one.view, one.table, ids[one.table.name], paths)
            create_relations(self._connection, relations)
            if recipe.table is RATED_POINTS and recipe.metered:
                with tempfile.TemporaryDirectory(dir=self.resources.spill) as folder:
                    chain = Chain(recipe.metered.rating, self._connection, Path(folder), self.resources)
                    chain.rate(unrated_model().sql)
                    write_part(self._connection, recipe.model, ids[recipe.table.name], target)
            else:
                write_part(self._connection, recipe.model, ids[recipe.table.name], target)

    def _restore(self, restoring: Restoring) -> None:
        """Put a statement's file back into the warehouse."""
        name = self.store.name(restoring.table, restoring.part)
        copy(self.storage, restoring.statement.file(restoring.table), self.store.files, name)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if "_connection" in self.__dict__:
            self._connection.close()


def _disabled_keys(disabled: Iterable[DisabledKey]) -> str:
    columns = dict.fromkeys(("x_source_id", "kind", "key"), ColumnType.TEXT)
    return relation_of(columns, ((key.source_id, key.kind, key.key) for key in disabled))


def _revision(revision: Revision | None) -> str:
    columns = {"billing_period": ColumnType.DATE, "x_revised_period": ColumnType.DATE, "number": ColumnType.INTEGER}
    rows = [(revision.billing_period, revision.revised_period, revision.number)] if revision else []
    return relation_of(columns, rows)
