"""The settings database, of either kind: many processes at once, readers that see one moment, writers in line."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError, StatementError

from tallystick.errors import ConfigError, UnavailableError
from tallystick.settings import migrations
from tallystick.settings.config import Config
from tallystick.settings.database import EVERY_TENANT, TenantDatabase, open_database
from tallystick.settings.migrations import HEAD, alembic_config
from tallystick.settings.models import Base, Lease, Month, Part, Source, Tenant
from tallystick.settings.preferences import Preferences, change_preference, read_preferences

REVISIONS = [f"{number:04}" for number in range(1, int(HEAD) + 1)]
NOON = datetime(2026, 8, 1, 12, tzinfo=UTC)


@pytest.fixture
def database(config: Config) -> TenantDatabase:
    return open_database(config).of("t")


def a_source(number: int = 1, **values: object) -> Source:
    given = {"tenant_id": "t", "source_id": f"s{number}", "number": number, "name": f"n{number}", "kind": "aws"}
    return Source(**{**given, "created_at": NOON, **values})


def test_migrations_give_what_the_models_say(database: TenantDatabase) -> None:
    with database.read() as session:
        differences = compare_metadata(MigrationContext.configure(session.connection()), Base.metadata)
        head = ScriptDirectory.from_config(alembic_config(session.connection())).get_current_head()
    assert differences == []
    assert head == HEAD


@pytest.mark.parametrize("revision", REVISIONS[:-1])
def test_an_older_database_is_brought_up_to_date_with_what_it_holds(
    config: Config, revision: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrations, "HEAD", revision)
    with open_database(config) as old, old.of("t").write() as session:
        session.add(Tenant(tenant_id="t", settings_version=7))
        session.add(a_source())
    monkeypatch.undo()
    with open_database(config) as database, database.of("t").read() as session:
        assert session.get_one(Tenant, "t").settings_version == 7
        assert session.get_one(Source, ("t", "s1")).created_at == NOON
        differences = compare_metadata(MigrationContext.configure(session.connection()), Base.metadata)
    assert differences == []


def test_every_key_begins_with_the_tenant() -> None:
    assert {next(iter(table.primary_key)).name for table in Base.metadata.tables.values()} == {"tenant_id"}


def test_a_current_database_opens_without_alembic(config: Config) -> None:
    open_database(config).close()
    code = (
        "import sys; from tallystick.settings.config import Config;"
        "from tallystick.settings.database import open_database;"
        "config = Config.model_validate_json(sys.argv[1]); open_database(config);"
        "sys.exit('alembic' in sys.modules or ('psycopg' in sys.modules) != bool(config.catalog))"
    )
    assert subprocess.run([sys.executable, "-c", code, config.model_dump_json()], check=False).returncode == 0


def test_a_database_of_a_newer_version_is_refused(config: Config) -> None:
    with open_database(config) as database, database.of(EVERY_TENANT).write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(ConfigError, match="9999"):
        open_database(config)


def test_what_is_read_is_what_was_written(database: TenantDatabase) -> None:
    in_berlin = datetime(2026, 8, 1, 14, tzinfo=timezone(timedelta(hours=2)))
    with database.write() as session:
        session.add(a_source(created_at=in_berlin))
        session.add(
            Part(
                tenant_id="t",
                source_id="s1",
                file_id="f",
                normaliser="n",
                billing_period=date(2026, 8, 1),
                fingerprint="p",
                rows=3,
                totals={"billed_cost": "0.100000000000000001"},
            )
        )
    with database.read() as session:
        source, part = session.get_one(Source, ("t", "s1")), session.scalars(select(Part)).one()
    assert (source.created_at, source.created_at.tzinfo) == (NOON, UTC)
    assert (part.totals, part.problems) == ({"billed_cost": "0.100000000000000001"}, [])


def test_a_moment_without_a_zone_is_refused(database: TenantDatabase) -> None:
    with pytest.raises(StatementError, match="without a time zone"), database.write() as session:
        session.add(a_source(created_at=datetime(2026, 8, 1)))  # noqa: DTZ001


def test_text_that_no_database_holds_is_written_out(database: TenantDatabase) -> None:
    name = "b\udcffd \0 ü \\x"
    with database.write() as session:
        session.add(a_source(name=name))
    with database.read() as session:
        found = session.scalars(select(Source.name).where(Source.name == name)).one()
    assert found == "b\\udcffd \\x00 ü \\x"


def test_foreign_keys_hold_at_commit(database: TenantDatabase) -> None:
    month = Month(tenant_id="t", source_id="s1", billing_period=date(2026, 8, 1))
    with pytest.raises(IntegrityError), database.write() as session:
        session.add(month)
    with database.write() as session:
        session.add(Month(tenant_id="t", source_id="s1", billing_period=date(2026, 8, 1)))
        session.flush()
        session.add(a_source())


def test_the_name_of_a_removed_source_is_free_again(database: TenantDatabase) -> None:
    with database.write() as session:
        session.add(a_source(1, name="bills", removed_at=NOON))
        session.add(a_source(2, name="bills"))
    with pytest.raises(IntegrityError), database.write() as session:
        session.add(a_source(3, name="bills"))


def test_an_exception_rolls_back(database: TenantDatabase) -> None:
    with pytest.raises(RuntimeError), database.write() as session:
        session.add(Tenant(tenant_id="t"))
        session.flush()
        raise RuntimeError
    with database.read() as session:
        assert session.get(Tenant, "t") is None


def test_a_reader_cannot_write(database: TenantDatabase) -> None:
    with database.read() as session, pytest.raises(DBAPIError, match=r"read-?only"):
        session.add(Tenant(tenant_id="t"))
        session.flush()


def test_a_reader_sees_one_moment_while_a_writer_commits(database: TenantDatabase) -> None:
    with database.read() as reader:
        assert reader.scalars(select(Tenant)).all() == []
        with database.write() as writer:
            writer.add(Tenant(tenant_id="t"))
        assert reader.scalars(select(Tenant)).all() == []
    with database.read() as reader:
        assert len(reader.scalars(select(Tenant)).all()) == 1


COUNT_UP = """
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from tallystick.settings.config import Config
from tallystick.settings.database import open_database
from tallystick.settings.models import Lease
database = open_database(Config.model_validate_json(sys.argv[1])).of("t")
for _ in range(50):
    with database.write() as session:
        lease = session.get(Lease, ("t", "count")) or Lease(tenant_id="t", name="count")
        lease.token += 1
        session.add(lease)
"""


def test_processes_that_open_a_new_home_and_write_at_once_lose_nothing(config: Config) -> None:
    processes = [subprocess.Popen([sys.executable, "-c", COUNT_UP, config.model_dump_json()]) for _ in range(3)]
    assert [process.wait() for process in processes] == [0, 0, 0]
    with open_database(config).of("t").read() as session:
        assert session.get_one(Lease, ("t", "count")).token == 150
        assert inspect(session.connection()).has_table("deliveries")


def test_the_database_survives_a_process_that_dies_while_writing(config: Config) -> None:
    open_database(config).close()
    pid = os.fork()
    if pid == 0:
        with open_database(config).of("half").write() as session:
            session.add(Tenant(tenant_id="half"))
            session.flush()
            os._exit(9)
    os.waitpid(pid, 0)
    with open_database(config).of("half").write() as session:
        assert session.get(Tenant, "half") is None


def test_preferences_have_defaults_and_count_their_changes(database: TenantDatabase) -> None:
    assert read_preferences(database) == Preferences()
    change_preference(database, "currency", "EUR")
    change_preference(database, "cost_type", "blended_cost")
    assert read_preferences(database) == Preferences("EUR", "blended_cost", frozenset({"EUR"}))
    with database.read() as session:
        assert session.get_one(Tenant, "t").settings_version == 2


def test_two_processes_that_write_for_two_tenants_lose_nothing(config: Config) -> None:
    code = COUNT_UP.replace('"t"', "sys.argv[2]")
    open_database(config).close()
    arguments = [config.model_dump_json()]
    processes = [subprocess.Popen([sys.executable, "-c", code, *arguments, tenant]) for tenant in ("t", "u", "t", "u")]
    assert [process.wait() for process in processes] == [0] * 4
    with open_database(config).of(EVERY_TENANT).read() as session:
        assert {lease.tenant_id: lease.token for lease in session.scalars(select(Lease))} == {"t": 100, "u": 100}


def test_what_a_writer_has_read_stays_true(database: TenantDatabase) -> None:
    """Threads that read, wait and write back: none is lost, and none fails."""
    with database.write() as session:
        session.add(Tenant(tenant_id="t"))

    def count(_: int) -> None:
        with database.write() as session:
            owner = session.get_one(Tenant, "t")
            seen = owner.settings_version
            threading.Event().wait(0.002)
            session.refresh(owner)
            assert owner.settings_version == seen
            owner.settings_version = seen + 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count, range(40)))
    with database.read() as session:
        assert session.get_one(Tenant, "t").settings_version == 40


def test_a_database_that_does_not_answer_says_which_it_was(config: Config, database: TenantDatabase) -> None:
    gone = OperationalError("SELECT 1", {}, Exception("disk\n I/O"))
    place = "settings.db" if config.catalog is None else "postgresql://127.0.0.1"
    with pytest.raises(UnavailableError, match=rf"{place}.* cannot be used now: disk I/O"), database.read():
        raise gone
    database.database.ping()
