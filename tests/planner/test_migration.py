"""Moving a home into another and back: the same ledger and reports, every file by its hash, nothing read again."""

from __future__ import annotations

import itertools
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from bills import cur_line, write_cur
from planner.conftest import Configs
from tallystick.errors import ConflictError, TallyError
from tallystick.lake.schemas import CHARGES, LEDGER, ColumnType
from tallystick.planner import migration
from tallystick.planner.home import Home
from tallystick.planner.migration import Moved, migrate
from tallystick.planner.progress import Silent
from tallystick.reports.proof import source_totals
from tallystick.settings.config import Config
from tallystick.settings.models import TagSetting
from tallystick.sources.base import Source

AUGUST, SEPTEMBER = date(2026, 8, 1), date(2026, 9, 1)
TENANTS = "default", "org1"


def local(folder: Path) -> Home:
    return Home(Config.model_validate({"home": folder, "engine": {"threads": 1, "memory": "300MB"}}))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with bills and a home ``filled``: two tenants; the default one has a closed month with a revision, and a
    tag that does not count. ``kept`` is a copy of the home."""
    folder = tmp_path_factory.mktemp("made")
    home = local(folder / "filled")
    for day, cost in ((1, "1"), (2, "2")):
        version = datetime(2026, 10, day, tzinfo=UTC)
        august = [cur_line(AUGUST, UnblendedCost=cost, team="shop"), cur_line(AUGUST, 2, UnblendedCost="0.25")]
        home.ingest(str(write_cur(folder / "august.csv.gz", august, version=version)))
        if day == 1:
            home.close_month("default", home.sources()[0].name, AUGUST)
    september = [cur_line(SEPTEMBER, UnblendedCost="7", team="web")]
    for tenant in TENANTS:
        home.ingest(str(write_cur(folder / "september.csv", september)), tenant=tenant)
    with home.database.of("default").write() as session:
        moment = datetime(2026, 10, 3, tzinfo=UTC)
        session.add(TagSetting(tenant_id="default", provider="AWS", key="team", enabled=False, changed_at=moment))
    home.derive()
    shutil.copytree(folder / "filled", folder / "kept")
    return folder


@pytest.fixture
def filled(made: Path) -> Home:
    """The home as it was made, at the place where it was made: its tables name their files by whole addresses."""
    shutil.rmtree(made / "filled")
    shutil.copytree(made / "kept", made / "filled")
    return local(made / "filled")


def move(source: Home, target: Home) -> list[Moved]:
    return migrate(source, target, source_totals, Silent())


def contents(home: Home) -> list[list[tuple[object, ...]]]:
    """Charges, ledger and what the dimension sets stand for, ids included."""
    found = []
    for tenant in TENANTS:
        with home.session(tenant) as session:
            columns = ", ".join(column.name for column in CHARGES.columns if column.type is not ColumnType.TEXT_MAP)
            found.append(session.rows(f"SELECT {columns} FROM charges ORDER BY ALL"))
            found.append(session.rows(f"SELECT {', '.join(LEDGER.names())} FROM ledger ORDER BY ALL"))
            found.append(session.rows("SELECT * FROM dimension_sets ORDER BY ALL"))
    return found


def test_there_and_back(filled: Home, configs: Configs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = contents(filled)
    monkeypatch.setattr(Source, "scan", lambda *_, **__: pytest.fail("nothing is to be read again"))
    other, again = Home(configs()), local(tmp_path / "again")
    there, back = move(filled, other), move(other, again)
    assert [(one.tenant, one.files, one.files_copied) for one in there] == [("default", 8, 8), ("org1", 2, 2)]
    assert [(one.files, one.bytes, one.rows, one.checks) for one in back] == [
        (one.files, one.bytes, one.rows, one.checks) for one in there
    ]
    assert contents(other) == contents(again) == contents(filled) == before
    assert [view.state for view in again.months()] == [view.state for view in filled.months()]
    assert {file.name for file in again.storage.list("statements")} == {
        file.name for file in filled.storage.list("statements")
    }
    checks = again.reconcile("default", True, source_totals)
    assert checks
    assert all(check.closes for check in checks)


def test_a_move_that_was_cut_short_goes_on(filled: Home, configs: Configs, monkeypatch: pytest.MonkeyPatch) -> None:
    plain, calls = migration.copy, itertools.count()

    def dies(*arguments: object) -> None:
        if next(calls) >= 4:
            raise KeyboardInterrupt
        plain(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(migration, "copy", dies)
    target = Home(configs())
    with pytest.raises(KeyboardInterrupt):
        move(filled, target)
    monkeypatch.setattr(migration, "copy", plain)
    assert sum(one.files_copied for one in move(filled, target)) == 10 - 4
    assert contents(target) == contents(filled)


def test_what_was_spoilt_on_the_way_is_copied_again(filled: Home, tmp_path: Path) -> None:
    target = local(tmp_path / "target")
    (file, *_) = filled.storage.list("deliveries")
    with target.storage.writing("migration.json") as path:
        path.write_text(f'{{"from": "{filled.storage.uri("")}"}}')
    with target.storage.writing(file.name) as path:
        path.write_bytes(b"half")
    move(filled, target)
    assert target.storage.sha256(file.name) == filled.storage.sha256(file.name)


def test_a_damaged_delivery_stops_the_move(filled: Home, tmp_path: Path) -> None:
    (file, *_) = filled.storage.list("deliveries")
    (filled.config.home / file.name).write_bytes(b"damaged")
    with pytest.raises(TallyError, match="is not what was delivered"):
        move(filled, local(tmp_path / "target"))


def test_a_target_with_data_and_one_that_is_the_source_are_refused(filled: Home, made: Path, tmp_path: Path) -> None:
    taken = local(tmp_path / "taken")
    taken.ingest(str(made / "september.csv"))
    with pytest.raises(ConflictError, match="holds data already"):
        move(filled, taken)
    with pytest.raises(ConflictError, match="shares its files or its database"):
        move(filled, local(filled.config.home))


def test_another_move_under_way_is_not_disturbed(filled: Home, tmp_path: Path) -> None:
    target = local(tmp_path / "target")
    with target.storage.writing("migration.json") as path:
        path.write_text('{"from": "elsewhere"}')
    with pytest.raises(ConflictError, match="another move"):
        move(filled, target)


def test_field_ids_are_kept(filled: Home, tmp_path: Path) -> None:
    """A table that was widened over time has other field ids than one that is made today."""
    table = filled.store("default").tables[LEDGER.name]
    with table.update_schema() as update:
        update.delete_column("x_memory")
    filled = local(filled.config.home)
    ids = filled.store("default").ids[LEDGER.name]
    target = local(tmp_path / "target")
    move(filled, target)
    assert target.store("default").ids[LEDGER.name] == ids
    assert ids != local(tmp_path / "fresh").store("default").ids[LEDGER.name]
    assert contents(target) == contents(filled)
