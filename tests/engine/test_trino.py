"""The statement that computes a part in Trino, and what an address says. The servers' tests run it."""

from __future__ import annotations

import pytest
import sqlglot
from sqlglot import exp

from tallystick.engine.models import DERIVED, model, revision_model
from tallystick.engine.trino import TrinoEngine, insertion
from tallystick.errors import ConfigError


@pytest.mark.parametrize("formula", [*map(model, DERIVED), revision_model()], ids=lambda formula: formula.table.name)
def test_one_insertion_of_every_column(formula) -> None:  # type: ignore[no-untyped-def]
    sql = insertion(formula, 'lake."staging"."out"', {"charges": 'SELECT * FROM lake."staging"."in"'})
    statement = sqlglot.parse_one(sql, read="trino")
    assert isinstance(statement, exp.Insert)
    assert [column.name for column in statement.this.expressions] == list(formula.table.names())
    assert statement.expression.named_selects == list(formula.table.names())
    assert [cte.alias for cte in statement.expression.ctes] == ["charges"]


def test_the_catalogue_is_named_by_the_address() -> None:
    assert TrinoEngine("trino://me@there:8080/lake").catalog == "lake"
    with pytest.raises(ConfigError, match=r"names no catalogue: trinos://there:8443/catalog was expected"):
        _ = TrinoEngine("trinos://me:secret@there:8443").catalog
