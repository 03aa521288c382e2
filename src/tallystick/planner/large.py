"""Parts whose inputs are too large for one machine: Trino computes them, next to the data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tallystick.engine.trino import StagedInput, TrinoEngine
from tallystick.errors import ConfigError
from tallystick.planner.inventory import Inventory
from tallystick.planner.plan import Recipe
from tallystick.planner.store import Store
from tallystick.settings.config import Config


@dataclass(frozen=True, slots=True)
class LargeParts:
    """The engine for recipes that read more than a number of bytes."""

    engine: TrinoEngine
    above: int

    def takes(self, recipe: Recipe, there: Inventory) -> bool:
        """Whether a recipe is one of them. Raises ConflictError when one of its inputs is not there."""
        settled = [(one.table, part) for one in recipe.inputs for part in there.settled(one.table, one.parts)]
        return sum(there.size(table, part) for table, part in settled) > self.above

    def compute(self, store: Store, recipe: Recipe, there: Inventory, relations: Mapping[str, str]) -> None:
        """Compute a part and publish its files. Raises as :meth:`TrinoEngine.write_part` does."""
        schemas = {name: table.schema() for name, table in store.tables.items()}
        inputs = {}
        for one in recipe.inputs:
            names = there.names(one.table, there.settled(one.table, one.parts))
            inputs[one.view] = StagedInput(schemas[one.table.name], list(map(store.files.uri, names)))
        uris = self.engine.write_part(
            recipe.model,
            inputs,
            relations,
            staging=store.staging,
            target=schemas[recipe.table.name],
            folder_uri=store.folder_uri(recipe.table, recipe.part),
            tags=[store.tenant, recipe.table.name, recipe.part.folder],
        )
        store.publish_files(recipe.table, recipe.part, uris)


def large_parts(config: Config) -> LargeParts | None:
    """What the settings say; None without a Trino.

    Raises ConfigError where Trino could not read the tables: it needs an object store, and PostgreSQL's catalogue.
    """
    if config.engine.trino is None:
        return None
    if config.lake is None or config.catalog is None:
        raise ConfigError("engine.trino needs lake and catalog: Trino reads the tables by way of both")
    return LargeParts(TrinoEngine(config.engine.trino), int(config.engine.trino_above))
