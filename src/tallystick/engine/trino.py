"""Computing one part of a derived table inside Trino, for what is too large for one machine.

Trino reads the input files and writes the part's files by way of staging tables, so no row passes through here. The
statement is one INSERT, asked to run with tasks that are repeated when they fail (``retry_policy``), which needs an
exchange on the cluster. Session properties in the address (``trino://.../tally?retry_policy=NONE``) win over ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from pyiceberg.schema import Schema

from tallystick.engine.dialect import order_of, to_trino
from tallystick.engine.models import Model
from tallystick.errors import ConfigError, TallyError, UnavailableError
from tallystick.lake.staging import NAMESPACE, Staging, written

SOURCE = "tallystick"
"""By which an operator finds our statements in Trino; the client tags say what each is for."""


@dataclass(frozen=True, slots=True)
class StagedInput:
    """What a model reads under a name: Parquet files of a table with this schema."""

    schema: Schema
    uris: Sequence[str]


@dataclass(frozen=True, slots=True)
class TrinoEngine:
    """A Trino cluster that reads the same catalogue as we do."""

    address: str
    """``trino://user@host:port/catalog``, or ``trinos://user:password@...`` for TLS."""

    def write_part(
        self,
        model: Model,
        inputs: Mapping[str, StagedInput],
        extra: Mapping[str, str],
        *,
        staging: Staging,
        target: Schema,
        folder_uri: str,
        tags: Sequence[str] = (),
    ) -> list[str]:
        """Run a model and write its rows as Parquet files right below an address. Gives the files' addresses.

        ``extra`` are small relations: name to SELECT in the DuckDB dialect. Raises UnavailableError when Trino cannot
        be reached or gives up, TallyError when it says that the statement or its data are wrong.
        """
        with ExitStack() as stack:
            staged = {name: stack.enter_context(staging.reading(one.schema, one.uris)) for name, one in inputs.items()}
            table = stack.enter_context(staging.writing(target, folder_uri, order_of(model.sql)))
            relations = {name: f"SELECT * FROM {self._name(one)}" for name, one in staged.items()} | dict(extra)
            self.execute(insertion(model, self._name(table.name()[-1]), relations), tags)
            return written(table)

    def execute(self, sql: str, tags: Sequence[str] = ()) -> list[list[Any]]:
        """Every row of a statement's answer. Raises as :meth:`write_part` does."""
        with explained(self.host), closing(self.connect(tags)) as connection, closing(connection.cursor()) as cursor:
            cursor.execute(sql)
            return list(cursor.fetchall())

    @property
    def catalog(self) -> str:
        """The name by which the cluster knows our catalogue. Raises ConfigError when the address has none."""
        name = urlsplit(self.address).path.strip("/")
        if not name:
            raise ConfigError(f"engine.trino names no catalogue: {self.host}/catalog was expected")
        return name

    @property
    def host(self) -> str:
        """The address without user and password."""
        parts = urlsplit(self.address)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"

    def connect(self, tags: Sequence[str], **properties: str) -> Any:
        """A connection whose session has these properties, unless the address has others."""
        from trino.auth import BasicAuthentication
        from trino.dbapi import connect

        parts = urlsplit(self.address)
        tls = parts.scheme == "trinos"
        user, password = unquote(parts.username or SOURCE), parts.password
        return connect(  # type: ignore[no-untyped-call]
            host=parts.hostname,
            port=parts.port or (443 if tls else 8080),
            http_scheme="https" if tls else "http",
            user=user,
            auth=BasicAuthentication(user, unquote(password)) if password else None,
            catalog=self.catalog,
            source=SOURCE,
            client_tags=list(tags),
            timezone="UTC",
            session_properties=self._session_properties(properties),
        )

    def _session_properties(self, properties: Mapping[str, str]) -> dict[str, str]:
        defaults = {
            "retry_policy": "TASK",
            f"{self.catalog}.collect_extended_statistics_on_write": "false",
        }
        return defaults | dict(properties) | dict(parse_qsl(urlsplit(self.address).query))

    def _name(self, table: str) -> str:
        return ".".join(f'"{part}"' for part in (self.catalog, NAMESPACE, table))


def insertion(model: Model, table: str, relations: Mapping[str, str]) -> str:
    """The statement that puts a model's rows into a table, in Trino's dialect.

    ``relations`` are what the model reads: name to SELECT.
    """
    columns = model.table.columns
    inputs = ", ".join(f"{name} AS ({select})" for name, select in relations.items())
    values = ", ".join(f"CAST({column.name} AS {column.type.value}) AS {column.name}" for column in columns)
    names = ", ".join(column.name for column in columns)
    return to_trino(f"INSERT INTO {table} ({names}) WITH {inputs} SELECT {values} FROM ({model.sql}) AS computed")


@contextmanager
def explained(host: str) -> Iterator[None]:
    """Trino's errors, and those of the way to it, as ours."""
    from trino.exceptions import Error, TrinoAuthError, TrinoQueryError

    try:
        yield
    except TrinoQueryError as error:
        kind = TallyError if error.error_type == "USER_ERROR" else UnavailableError
        raise kind(f"Trino at {host}: {error.message} ({error.error_name}, query {error.query_id})") from error
    except TrinoAuthError as error:
        raise ConfigError(f"Trino at {host}: {error}") from error
    except (Error, OSError) as error:  # OSError: what requests raises
        raise UnavailableError(f"Trino at {host} does not answer: {error}") from error
