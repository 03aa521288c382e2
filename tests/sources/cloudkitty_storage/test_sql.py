from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from tallystick.errors import UnavailableError
from tallystick.sources.cloudkitty_storage.sql import SqlStorage

TABLE = """
CREATE TABLE rated_data_frames (id INTEGER PRIMARY KEY, tenant_id VARCHAR(32), begin DATETIME NOT NULL,
  end DATETIME NOT NULL, unit VARCHAR(255) NOT NULL, qty NUMERIC(15, 5) NOT NULL, res_type VARCHAR(255) NOT NULL,
  rate FLOAT NOT NULL, desc TEXT NOT NULL)
"""
ROWS = """
INSERT INTO rated_data_frames (tenant_id, begin, end, unit, qty, res_type, rate, desc) VALUES
  ('p1', '2026-02-01 23:00:00.000000', '2026-02-02 00:00:00.000000', 'GiB', 1.5, 'volume.size', 0.1,
   '{"id": "v-1", "size": 4.0, "boot": true, "year": "2026"}'),
  ('p1', '2026-02-02 00:00:00.000000', '2026-02-02 01:00:00.000000', 'GiB', 1.5, 'volume.size', 1e-05, '{}'),
  ('p1', '2026-02-02 01:00:00.000000', '2026-02-02 02:00:00.000000', 'None', 0, '_NO_DATA_', 0, '""')
"""


@pytest.fixture
def storage(tmp_path: Path) -> SqlStorage:
    """A database with three rows of two days."""
    address = f"sqlite:///{tmp_path / 'cloudkitty.db'}"
    with sa.create_engine(address).begin() as connection:
        connection.execute(sa.text(TABLE))
        connection.execute(sa.text(ROWS.replace(":", r"\:")))
    return SqlStorage(address)


def test_rows_without_data_do_not_count(storage: SqlStorage) -> None:
    assert storage.span() == (date(2026, 2, 1), date(2026, 2, 2))
    assert [storage.count(date(2026, 2, day)) for day in (1, 2, 3)] == [1, 1, 0]


def test_a_point_is_what_its_row_says(storage: SqlStorage) -> None:
    (point,) = storage.points(date(2026, 2, 1))
    assert (point.scope_id, point.metric, point.unit) == ("p1", "volume.size", "GiB")
    assert (point.qty, point.price) == (Decimal("1.5"), Decimal("0.1"))
    assert point.groupby == (("boot", "True"), ("id", "v-1"), ("size", "4.0"))
    assert point.begin.isoformat() == "2026-02-01T23:00:00+00:00"


def test_a_database_without_the_table_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="rated_data_frames"):
        SqlStorage(f"sqlite:///{tmp_path / 'empty.db'}").span()
