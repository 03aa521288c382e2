"""The table ``rated_data_frames`` of storage version 1: a row per point, its attributes in one JSON object.

It does not say which attributes are for grouping and which are metadata: all count as ``groupby``. The FLOAT of MySQL
and MariaDB has single precision: a price there is the shortest decimal that stands for it, not the six digits that they
print.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

import numpy as np
import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, SQLAlchemyError

from tallystick.errors import ConfigError, UnavailableError
from tallystick.sources.cloudkitty_storage.base import bounds, loads
from tallystick.sources.cloudkitty_storage.points import attributes
from tallystick.sources.points.table import PricedPoint

NO_DATA: Final = "_NO_DATA_"
"""The type of rows that stand for a period without points."""
_ROWS_AT_ONCE: Final = 10_000
_FRAMES: Final = sa.table(
    "rated_data_frames",
    *(sa.column(name) for name in ("id", "tenant_id", "unit", "res_type", "desc")),
    sa.column("begin", sa.DateTime),
    sa.column("end", sa.DateTime),
    sa.column("qty", sa.Numeric(15, 5)),
    sa.column("rate", sa.Float),
)


class SqlStorage:
    """A database, by its SQLAlchemy address."""

    kind = "sql"

    def __init__(self, address: str) -> None:
        self._engine = connect(address)
        self.name = self._engine.url.render_as_string(hide_password=True)
        self._single = self._engine.dialect.name in ("mysql", "mariadb")

    def span(self) -> tuple[date, date] | None:
        """The UTC days of the first and the last row with data."""
        (first, last) = self._rows(sa.select(sa.func.min(_FRAMES.c.begin), sa.func.max(_FRAMES.c.begin)).where(_DATA))[
            0
        ]
        return (first.date(), last.date()) if first and last else None

    def count(self, day: date) -> int:
        """By the database."""
        return int(self._rows(sa.select(sa.func.count()).select_from(_FRAMES).where(_DATA, _of(day)))[0][0])

    def points(self, day: date) -> Iterator[PricedPoint]:
        """Row by row."""
        rate = sa.cast(_FRAMES.c.rate, sa.Double) if self._single else _FRAMES.c.rate
        names = ("tenant_id", "begin", "end", "unit", "qty", "res_type", "desc")
        query = sa.select(*(_FRAMES.c[name] for name in names), rate.label("rate")).where(_DATA, _of(day))
        try:
            with self._engine.connect().execution_options(yield_per=_ROWS_AT_ONCE) as connection:
                for row in connection.execute(query):
                    yield self._point(row)
        except SQLAlchemyError as error:
            raise _unanswered(self.name, error) from error

    def _point(self, row: Any) -> PricedPoint:
        rate = str(np.float32(row.rate)) if self._single else repr(float(row.rate))
        values = loads(row.desc)
        return PricedPoint(
            begin=row.begin.replace(tzinfo=UTC),
            end=row.end.replace(tzinfo=UTC),
            metric=row.res_type,
            unit=row.unit,
            qty=Decimal(row.qty),
            price=Decimal(rate),
            groupby=attributes(values if isinstance(values, dict) else {}),
            scope_id=row.tenant_id,
        )

    def _rows(self, query: sa.Select[Any]) -> list[Any]:
        try:
            with self._engine.connect() as connection:
                return list(connection.execute(query))
        except SQLAlchemyError as error:
            raise _unanswered(self.name, error) from error


_DATA: Final = _FRAMES.c.res_type != NO_DATA


def connect(address: str) -> sa.Engine:
    """An engine for a database of CloudKitty's. Raises ConfigError for an address that names none, or no driver."""
    try:
        url = sa.make_url(address)
        if url.drivername in ("mysql", "mariadb"):
            url = url.set(drivername="mysql+pymysql")
        elif url.drivername in ("postgresql", "postgresql+psycopg2"):
            url = url.set(drivername="postgresql+psycopg")
        return sa.create_engine(url)
    except (ArgumentError, NoSuchModuleError) as error:
        raise ConfigError(f"{address.partition(':')[0]}: not the address of an SQL database") from error
    except ModuleNotFoundError as error:
        raise ConfigError(f"{url.drivername} needs the Python package {error.name}") from error


def _of(day: date) -> sa.ColumnElement[bool]:
    begin, end = (_naive(each) for each in bounds(day))
    return sa.and_(_FRAMES.c.begin >= begin, _FRAMES.c.begin < end)


def _naive(moment: datetime) -> datetime:
    return moment.replace(tzinfo=None)


def _unanswered(name: str, error: SQLAlchemyError) -> UnavailableError:
    return UnavailableError(f"{name}: {getattr(error, 'orig', None) or error}")
