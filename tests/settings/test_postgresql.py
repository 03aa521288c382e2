"""The settings database on PostgreSQL: tenants kept apart by the server, writers in line, a server that restarts."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import FromClause, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session
from structlog.testing import capture_logs

from servers.postgres import Postgres
from tallystick.errors import ConfigError, UnavailableError
from tallystick.settings.config import Config
from tallystick.settings.database import EVERY_TENANT, Database, TenantDatabase, open_database
from tallystick.settings.models import Tenant
from tallystick.settings.tables import METADATA

pytestmark = pytest.mark.services
TABLES = sorted(METADATA.tables)
SECRET = "secret of theirs"
PROTECTION = """
SELECT relname, relrowsecurity AND relforcerowsecurity, (SELECT count(*) FROM pg_policy WHERE polrelid = pg_class.oid)
FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace
"""


@pytest.fixture(scope="module")
def database(postgres_server: Postgres, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A row of every table for each of two tenants."""
    address = postgres_server.create_database("two_tenants")
    with open_database(Config(home=tmp_path_factory.mktemp("home"), catalog=address)) as opened:
        fill(opened.of("mine"), "word of mine")
        fill(opened.of("theirs"), SECRET)
        yield opened


def fill(database: TenantDatabase, word: str) -> None:
    """A row of every table, and no other."""
    with database.write() as session:
        for table in reversed(METADATA.sorted_tables):
            session.execute(table.delete())
        for table in METADATA.sorted_tables:
            session.execute(table.insert().values(a_row(table, database.tenant, word)))


def a_row(table: FromClause, tenant: str, word: str) -> dict[str, object]:
    day = datetime(2026, 8, 1, tzinfo=UTC)
    values: dict[str, object] = {"StoredText": word, "BigInteger": 1, "Boolean": True, "JSON": [{"word": word}]}
    values |= {"Date": day.date(), "UtcDateTime": day}
    kinds = {column.name: type(column.type).__name__ for column in table.columns}
    return {name: tenant if name == "tenant_id" else values[kind] for name, kind in kinds.items()}


def theirs(database: Database) -> list[object]:
    with database.of("theirs").read() as session:
        return [session.execute(text(f"SELECT * FROM {table} ORDER BY 1")).all() for table in TABLES]


def test_every_table_of_tenants_is_protected(database: Database) -> None:
    with database.of(EVERY_TENANT).read() as session:
        rows = session.execute(text(PROTECTION)).all()
    found = {name: (forced, policies) for name, forced, policies in rows}
    assert found.pop("alembic_version") == (False, 0)
    assert found == dict.fromkeys(TABLES, (True, 2))


SELECTS = (
    "SELECT * FROM {0}",
    "SELECT * FROM {0} WHERE tenant_id = 'theirs'",
    "SELECT * FROM {0} WHERE tenant_id <> 'mine' OR true",
    "SELECT a.*, b.* FROM {0} a FULL JOIN {1} b ON true",
    "SELECT * FROM {0} UNION ALL SELECT * FROM {0}",
    "WITH x AS (SELECT * FROM {0}) SELECT (SELECT string_agg(y::text, '') FROM {1} y), x.* FROM x",
    "SELECT row_to_json(t) FROM {0} t WHERE EXISTS (SELECT 1 FROM {1} WHERE tenant_id = 'theirs')",
    "TABLE {0}",
    "SELECT * FROM {0} WHERE tenant_id = 'theirs' FOR UPDATE",
)
CHANGES = (
    "DELETE FROM {0}",
    "DELETE FROM {0} WHERE tenant_id = 'theirs' RETURNING *",
    "DELETE FROM {0} USING {1} other WHERE other.tenant_id = 'theirs'",
    "UPDATE {0} SET tenant_id = 'theirs'",
    "UPDATE {0} SET tenant_id = 'mine' WHERE tenant_id = 'theirs'",
    "UPDATE {0} SET tenant_id = other.tenant_id FROM {1} other",
    "INSERT INTO {0} SELECT * FROM {0} WHERE tenant_id = 'theirs'",
    "INSERT INTO tenants (tenant_id, settings_version) VALUES ('theirs', 7) ON CONFLICT (tenant_id)"
    " DO UPDATE SET settings_version = 7",
    "INSERT INTO leases (tenant_id, name, token) VALUES ('theirs', 'x', 1)",
    "WITH gone AS (DELETE FROM {0} RETURNING *) SELECT * FROM gone",
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    statements=st.lists(
        st.builds(str.format, st.sampled_from((*SELECTS, *CHANGES)), st.sampled_from(TABLES), st.sampled_from(TABLES)),
        min_size=1,
        max_size=4,
    )
)
def test_whatever_the_query_other_tenants_are_neither_seen_nor_changed(
    database: Database, statements: list[str]
) -> None:
    fill(database.of("mine"), "word of mine")
    before = theirs(database)
    assert SECRET in str(before)
    seen: list[object] = []
    with contextlib.suppress(DBAPIError), database.of("mine").write() as session:
        for statement in statements:
            result = session.execute(text(statement))
            seen += result.all() if result.returns_rows else []
    assert SECRET not in str(seen)
    assert theirs(database) == before


@pytest.mark.parametrize("statement", [*SELECTS, *CHANGES])
def test_each_of_those_queries_is_one_that_works_without_policies(database: Database, statement: str) -> None:
    """As every tenant, whom no policy holds, they run: what holds them back above is no mistake in them."""
    with contextlib.suppress(IntegrityError), database.of(EVERY_TENANT).write() as session:
        session.execute(text(statement.format("tag_settings", "leases")))
        session.rollback()


def test_without_a_tenant_there_are_no_rows(database: Database) -> None:
    with database.of("").read() as session:
        assert session.scalars(select(Tenant)).all() == []


def test_a_connection_forgets_whose_transaction_it_had(database: Database) -> None:
    with database.of("mine").write() as session:
        connection = session.connection()
        session.commit()
        assert connection.scalar(text("SELECT current_setting('tally.tenant', true)")) == "mine"
    with psycopg.connect(str(database._engines.reading.url.render_as_string(False)).replace("+psycopg", "")) as plain:
        assert plain.execute("SELECT count(*) FROM tenants").fetchone() == (0,)


def test_a_superuser_is_warned_about(postgres_server: Postgres, on_postgresql: Config) -> None:
    open_database(on_postgresql).close()
    assert on_postgresql.catalog
    address = postgres_server.address_for(postgres_server.superuser, on_postgresql.catalog.rpartition("/")[2])
    with capture_logs() as logs:
        open_database(on_postgresql.model_copy(update={"catalog": address})).close()
    assert [(entry["log_level"], entry["role"]) for entry in logs] == [("warning", postgres_server.superuser)]


@pytest.mark.parametrize(
    ("first", "second", "waits"),
    [("t", "t", True), ("t", "u", False), ("t", EVERY_TENANT, True), (EVERY_TENANT, "t", True)],
)
def test_writers_are_in_line(on_postgresql: Config, first: str, second: str, waits: bool) -> None:
    order: list[str] = []
    with open_database(on_postgresql) as database:

        def write() -> None:
            with database.of(second).write():
                order.append("second")

        with database.of(first).write() as session:
            thread = threading.Thread(target=write)
            thread.start()
            while not order and not waiting(session):
                pass
            order.append("first")
        thread.join()
    assert order == (["first", "second"] if waits else ["second", "first"])


def waiting(session: Session) -> bool:
    """Whether another transaction waits for an advisory lock."""
    waits = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted AND database ="
    return bool(session.scalar(text(f"{waits} (SELECT oid FROM pg_database WHERE datname = current_database())")))


def test_a_reader_does_not_wait_for_a_writer(on_postgresql: Config) -> None:
    with open_database(on_postgresql) as database, database.of("t").write() as writer:
        writer.add(Tenant(tenant_id="t"))
        writer.flush()
        with database.of("t").read() as reader:
            assert reader.get(Tenant, "t") is None


def test_a_server_that_restarts_is_an_error_that_says_so_and_then_is_not(tmp_path: Path) -> None:
    """On a server of its own, as others use the shared one at the same time."""
    server = Postgres()
    try:
        server.start()
        address = server.create_database("restarted")
        with open_database(Config(home=tmp_path, catalog=address)) as database:
            with (
                pytest.raises(UnavailableError, match="restarted cannot be used now"),
                database.of("t").write() as session,
            ):
                session.add(Tenant(tenant_id="t"))
                session.flush()
                server.restart()
                session.execute(text("SELECT 1"))
            with database.of("t").write() as session:
                assert session.get(Tenant, "t") is None
                session.add(Tenant(tenant_id="t"))
            server.stop()
            with pytest.raises(UnavailableError, match="refused"), database.of("t").read() as session:
                session.get(Tenant, "t")
            with pytest.raises(UnavailableError):
                database.ping()
            server.start()
            with database.of("t").read() as session:
                assert session.get(Tenant, "t") is not None
    finally:
        server.close()


@pytest.mark.parametrize(
    ("change", "error", "says"),
    [
        ({"port": "1"}, UnavailableError, "refused"),
        ({"database": "nowhere"}, UnavailableError, 'database "nowhere" does not exist'),
        ({"password": "wrong"}, UnavailableError, "password authentication failed"),
        ({"port": "port"}, ConfigError, "not the address of a database"),
    ],
)
def test_what_is_wrong_with_an_address_is_said(
    postgres_server: Postgres, tmp_path: Path, change: dict[str, str], error: type[Exception], says: str
) -> None:
    right = {"user": "tally", "password": "tally-secret", "port": str(postgres_server.port), "database": "postgres"}
    address = "postgresql://{user}:{password}@127.0.0.1:{port}/{database}".format(**right | change)
    with pytest.raises(error, match=says) as caught:
        open_database(Config(home=tmp_path, catalog=address))
    assert (right | change)["password"] not in str(caught.value)


def test_a_role_that_may_not_make_tables_is_told(postgres_server: Postgres, on_postgresql: Config) -> None:
    assert on_postgresql.catalog
    with psycopg.connect(on_postgresql.catalog, autocommit=True) as connection:
        connection.execute("CREATE ROLE onlooker LOGIN PASSWORD 'tally-secret'")
    address = postgres_server.address_for("onlooker", on_postgresql.catalog.rpartition("/")[2])
    with pytest.raises(ConfigError, match="permission denied"):
        open_database(on_postgresql.model_copy(update={"catalog": address}))
