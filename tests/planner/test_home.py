"""A home from end to end: whatever is delivered, in whatever order and however often, the ledger is the same."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from bills import CUR_HEADER, cur_line, write_csv, write_cur, write_report
from planner.conftest import Configs, Homes
from tallystick.errors import NotFoundError, UnavailableError
from tallystick.lake.parts import fingerprint
from tallystick.lake.schemas import CHARGES, COST_MEASURES, LEDGER, LEDGER_DAILY
from tallystick.planner import normalising, removal
from tallystick.planner.home import Home
from tallystick.reports.proof import source_totals
from tallystick.settings.config import Config
from tallystick.sources.base import Source
from tallystick.sources.delivery import Scan

AUGUST, SEPTEMBER = date(2026, 8, 1), date(2026, 9, 1)
Lines = list[dict[str, str]]


def version(day: int) -> datetime:
    return datetime(2026, 9, day, tzinfo=UTC)


def lines(month: date, *costs: str, **cells: str) -> Lines:
    return [cur_line(month, day=1 + number % 28, UnblendedCost=cost, **cells) for number, cost in enumerate(costs)]


def ledger(home: Home) -> list[tuple[object, ...]]:
    """The daily ledger without the ids that differ from home to home."""
    columns = ", ".join(name for name in LEDGER_DAILY.names() if name != "x_source_id")
    with home.session() as session:
        return session.rows(f"SELECT {columns} FROM ledger_daily ORDER BY ALL")


def total(home: Home, measure: str = "x_unblended_cost", where: str = "true", tenant: str = "default") -> Decimal:
    with home.session(tenant) as session:
        ((value,),) = session.rows(f"SELECT COALESCE(SUM({measure}), 0) FROM ledger_daily WHERE {where}")
    return Decimal(value)


def assert_closes(home: Home) -> None:
    checks = home.reconcile("default", True, source_totals)
    assert checks
    assert [check for check in checks if not check.closes] == []


def test_a_bill_in_and_every_total_closes(home: Home, tmp_path: Path) -> None:
    bill = write_cur(tmp_path / "bill.csv.gz", lines(AUGUST, "0.1", "0.2", "1e-05", team="shop"))
    (receipt,) = home.ingest(str(bill))
    assert receipt.outcome == "accepted", receipt.delivery.reason
    assert total(home) == Decimal("0.30001")
    assert_closes(home)


def test_a_bill_without_an_optional_column_is_accepted_with_a_finding(home: Home, tmp_path: Path) -> None:
    header = [name for name in CUR_HEADER if name != "lineItem/BlendedCost"]
    cells = [{name: value for name, value in line.items() if name in header} for line in lines(AUGUST, "1")]
    (receipt,) = home.ingest(str(write_csv(tmp_path / "bill.csv", header, cells)))
    assert receipt.outcome == "accepted"
    assert [finding.count for finding in receipt.delivery.findings if finding.count is None]
    assert_closes(home)


def test_the_same_bill_again_changes_nothing(home: Home, tmp_path: Path) -> None:
    bill = write_cur(tmp_path / "bill.csv.gz", lines(AUGUST, "1", "2"))
    home.ingest(str(bill))
    before, release = ledger(home), home.release_id()
    (receipt,) = home.ingest(str(bill))
    assert (receipt.outcome, home.release_id(), ledger(home)) == ("unchanged", release, before)


def test_a_newer_version_replaces_and_an_older_one_that_comes_late_is_kept_but_does_not_count(
    home: Home, tmp_path: Path
) -> None:
    new = write_cur(tmp_path / "new.csv", lines(AUGUST, "5"), version=version(2))
    old = write_cur(tmp_path / "old.csv", lines(AUGUST, "1", "1"), version=version(1))
    home.ingest(str(new))
    (late,) = home.ingest(str(old))
    assert (late.outcome, total(home)) == ("superseded", Decimal(5))
    newest = write_cur(tmp_path / "newest.csv", lines(AUGUST, "7"), version=version(3))
    (receipt,) = home.ingest(str(newest))
    assert (receipt.replaced, total(home)) == ((AUGUST,), Decimal(7))
    assert_closes(home)


Bills = tuple[Path, ...]


@pytest.fixture(scope="module")
def bills(tmp_path_factory: pytest.TempPathFactory) -> Bills:
    """Two versions of a month, and another month."""
    folder = tmp_path_factory.mktemp("bills")
    return (
        write_cur(folder / "a.csv", lines(AUGUST, "1", "2.5", team="shop"), version=version(1)),
        write_cur(folder / "b.csv", lines(AUGUST, "1", "3.5", "0.25"), version=version(2)),
        write_cur(folder / "c.csv", lines(SEPTEMBER, "9", team="web"), version=version(3)),
    )


def ingested(home: Home, bills: Iterable[Path]) -> Home:
    for bill in bills:
        home.ingest(str(bill))
    return home


@pytest.fixture(scope="module")
def in_order(bills: Bills, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[object, ...]]:
    """The ledger of a home on one machine that was given them as they were made."""
    return ledger(ingested(Home(Config(home=tmp_path_factory.mktemp("home"))), bills))


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))), ids=str)
def test_any_order_of_deliveries_gives_the_same_ledger(
    home: Home, bills: Bills, in_order: list[tuple[object, ...]], order: tuple[int, ...]
) -> None:
    assert ledger(ingested(home, (bills[number] for number in order))) == in_order


def test_a_month_in_several_files_counts_each_once_and_one_changed_file_changes_only_its_own(
    home: Home, tmp_path: Path
) -> None:
    files = {f"cur-{n}.csv.gz": lines(AUGUST, str(n), ResourceId=f"i-{n}") for n in range(1, 6)}
    home.ingest(str(write_report(tmp_path, AUGUST, "one", files)))
    assert total(home) == Decimal(15)
    parts = set(home.books().delivered(CHARGES))

    files["cur-3.csv.gz"] = lines(AUGUST, "100", ResourceId="i-3")
    write_report(tmp_path, AUGUST, "two", files)
    home.ingest(str(tmp_path / "cur"))
    assert total(home) == Decimal(112)
    assert len(set(home.books().delivered(CHARGES)) - parts) == 1
    assert_closes(home)


def test_a_new_normaliser_reads_again_what_counts_and_nothing_else(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for assembly, cost in (("one", "1"), ("two", "2")):
        write_report(tmp_path, AUGUST, assembly, {f"{assembly}.csv.gz": lines(AUGUST, cost)})
        home.ingest(str(tmp_path / "cur"))
    read: list[str] = []
    plain = Source.scan

    def scan(self: Source, path: Path, **options: object) -> Scan:
        read.append(str(options["name"]).rpartition("/")[2])
        return plain(self, path, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(Source, "scan", scan)
    monkeypatch.setattr(normalising, "fingerprint", lambda *words: fingerprint("other columns", *words))
    again = Home(home.config)
    again.derive()
    assert (read, total(again)) == (["two.csv.gz"], Decimal(2))
    assert_closes(again)


def test_a_manifest_month_without_lines_empties_the_month(home: Home, tmp_path: Path) -> None:
    home.ingest(str(write_report(tmp_path, AUGUST, "one", {"cur-1.csv.gz": lines(AUGUST, "4")})))
    home.ingest(str(write_report(tmp_path, AUGUST, "two", {"cur-1.csv.gz": []})))
    assert total(home) == 0


def test_what_is_refused_leaves_no_trace_but_its_refusal(home: Home, tmp_path: Path) -> None:
    home.ingest(str(write_cur(tmp_path / "good.csv", lines(AUGUST, "1"), version=version(1))))
    before, release = ledger(home), home.release_id()
    bad = lines(AUGUST, "1", "2", "3")
    bad[1]["lineItem/UsageStartDate"] = "yesterday"
    (receipt,) = home.ingest(str(write_cur(tmp_path / "bad.csv", bad, version=version(2))))

    assert receipt.outcome == "refused"
    assert all(part in (receipt.delivery.reason or "") for part in ("bad.csv", "row 2", "lineItem/UsageStartDate"))
    assert (ledger(home), home.release_id()) == (before, release)
    assert len(list(home.storage.list("deliveries"))) == 1
    assert [view.state for view in home.deliveries()] == ["refused", "accepted"]


def test_a_release_reads_as_it_was(home: Home, tmp_path: Path) -> None:
    home.ingest(str(write_cur(tmp_path / "a.csv", lines(AUGUST, "1"), version=version(1))))
    first = home.release_id()
    home.ingest(str(write_cur(tmp_path / "b.csv", lines(AUGUST, "2"), version=version(2))))
    with home.session(release_id=first) as session:
        assert session.rows("SELECT SUM(x_unblended_cost) FROM ledger_daily") == [(Decimal(1),)]
    assert total(home) == Decimal(2)


def test_tenants_share_nothing(home: Home, tmp_path: Path) -> None:
    home.ingest(str(write_cur(tmp_path / "a.csv", lines(AUGUST, "1"))), tenant="one")
    assert home.sources("two") == []
    with home.session("two") as session:
        assert session.rows("SELECT COUNT(*) FROM charges") == [(0,)]


def test_a_session_can_neither_write_nor_read_another_tenant(home: Home, tmp_path: Path) -> None:
    home.ingest(str(write_cur(tmp_path / "a.csv", lines(AUGUST, "1"))), tenant="one")
    assert total(home, tenant="one") == 1
    (secret, *_) = home.config.home.glob("**/one/charges/**/*.parquet")
    with home.session("two") as session:
        for sql in (f"SELECT * FROM '{secret}'", f"COPY (SELECT 1) TO '{tmp_path / 'x.csv'}'", "SET threads = 9"):
            with pytest.raises(Exception, match=r"(?i)permission|locked|disabled|configuration"):
                session.rows(sql)


def test_removing_a_source_removes_its_rows_and_files_and_leaves_the_others(home: Home, tmp_path: Path) -> None:
    shared, own = lines(AUGUST, "1"), lines(AUGUST, "2")
    home.ingest(str(write_cur(tmp_path / "a.csv", shared)), source_name="kept")
    before = ledger(home)
    for cells in (shared, own):
        home.ingest(str(write_cur(tmp_path / "b.csv", cells, version=version(1))), source_name="gone")
    (gone,) = (view.source_id for view in home.sources() if view.name == "gone")

    home.close_month("default", "gone", AUGUST)

    assert home.remove_source("default", "gone") == 1
    assert list(home.storage.list("statements")) == []
    with home.session() as session:
        for table in ("charges", "charge_sets", "ledger", "ledger_daily", "dimension_sets"):
            assert session.rows(f"SELECT COUNT(*) FROM {table} WHERE x_source_id = $source", {"source": gone}) == [(0,)]
    assert ledger(home) == before
    assert len(list(home.storage.list("deliveries"))) == 1
    assert_closes(home)
    home.ingest(str(tmp_path / "b.csv"), source_name="gone")
    assert total(home) == Decimal(3)


def test_removing_a_source_goes_on_where_it_was_interrupted(
    home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.ingest(str(write_cur(tmp_path / "a.csv", lines(AUGUST, "1"))), source_name="gone")
    with monkeypatch.context() as broken, pytest.raises(UnavailableError):
        broken.setattr(removal, "derive", raising(UnavailableError("the store is away")))
        home.remove_source("default", "gone")
    assert home.remove_source("default", "gone") == 1
    assert list(home.storage.list("deliveries")) == []
    with pytest.raises(NotFoundError, match="there is no source 'gone'"):
        home.remove_source("default", "gone")


def raising(error: Exception) -> Callable[..., None]:
    def fail(*_: object) -> None:
        raise error

    return fail


def test_the_past_reads_as_it_was_on_a_day(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for day, cost in ((10, "1"), (20, "2")):
        monkeypatch.setenv("TALLY_NOW", f"2026-10-{day}T12:00:00")
        home.ingest(str(write_cur(tmp_path / "a.csv", lines(AUGUST, cost), version=version(day))))
    release = home.release_before("default", datetime(2026, 10, 15, tzinfo=UTC))
    with home.session(release_id=release) as session:
        assert session.rows("SELECT SUM(x_unblended_cost) FROM ledger") == [(Decimal(1),)]
    with pytest.raises(NotFoundError, match="no release from before 2026-10-01"):
        home.release_before("default", datetime(2026, 10, 1, tzinfo=UTC))


def closing(home: Home, tmp_path: Path) -> Callable[[str], None]:
    days = itertools.count(2)
    home.ingest(str(write_cur(tmp_path / "july.csv", lines(AUGUST, "10", "5", team="shop"), version=version(1))))

    def deliver(cost: str) -> None:
        bill = write_cur(tmp_path / "again.csv", lines(AUGUST, cost, "5", team="shop"), version=version(next(days)))
        home.ingest(str(bill))

    return deliver


def test_a_closed_month_stays_as_it_was_and_what_comes_later_is_a_revision(home: Home, tmp_path: Path) -> None:
    deliver = closing(home, tmp_path)
    (source,) = home.sources()
    home.close_month("default", source.name, AUGUST)
    closed = ledger(home)
    assert total(home) == Decimal(15)

    deliver("12")
    august = "billing_period = '2026-08-01'"
    assert total(home, where=august) == Decimal(15)
    assert [row for row in ledger(home) if row in closed] == closed
    assert total(home, where=f"NOT {august} AND revision = 1 AND x_revised_period = '2026-08-01'") == Decimal(2)
    assert_closes(home)

    deliver("9")
    assert (total(home, where=august), total(home)) == (Decimal(15), Decimal(14))

    deliver("10")
    assert total(home) == Decimal(15)
    assert_closes(home)


def test_what_a_later_closed_month_posted_is_taken_back_with_its_cause(home: Home, tmp_path: Path) -> None:
    deliver = closing(home, tmp_path)
    (source,) = home.sources()
    home.ingest(str(write_cur(tmp_path / "september.csv", lines(SEPTEMBER, "3"), version=version(1))))
    home.close_month("default", source.name, AUGUST)
    deliver("12")
    home.close_month("default", source.name, SEPTEMBER)
    assert total(home) == Decimal(20)

    deliver("10")
    assert total(home) == Decimal(18)
    assert total(home, where="revision = 2 AND x_revised_period = '2026-08-01'") == Decimal(-2)
    assert_closes(home)


def test_maintenance_compacts_and_removes_and_changes_no_number(homes: Homes, tmp_path: Path) -> None:
    home = homes(maintain={"keep_releases": 1, "keep_releases_days": 0})
    chance = random.Random(7)
    for assembly in range(2):
        files = {
            f"cur-{n}.csv.gz": lines(AUGUST, *(f"{chance.random():.12f}" for _ in range(5)), ResourceId=f"i-{n}")
            for n in range(6)
        }
        write_report(tmp_path, AUGUST, f"assembly-{assembly}", files)
        home.ingest(str(tmp_path / "cur"))
    fresh = homes("fresh")
    fresh.ingest(str(tmp_path / "cur"))
    home.maintain()
    assert ledger(home) == ledger(fresh)
    store = home.store("default")
    assert (len(fresh.store("default").parts(LEDGER)), len(store.parts(LEDGER))) == (6, 1)
    assert all(len(table.refresh().metadata.snapshots) <= 1 for table in store.tables.values())
    assert len(home.releases()) == 1
    assert home.status().stale_parts == 0
    assert_closes(home)


def test_every_cost_measure_is_in_the_ledger(home: Home, tmp_path: Path) -> None:
    home.ingest(str(write_cur(tmp_path / "a.csv", lines(AUGUST, "1"))))
    with home.session() as session:
        (row,) = session.rows(f"SELECT {', '.join(COST_MEASURES)} FROM ledger")
    assert None not in row


def test_machines_that_share_lake_and_catalogue_see_the_same(configs: Configs, tmp_path: Path) -> None:
    config = configs()
    shared = config.lake and config.catalog
    one, other = (Home(config.model_copy(update={"home": tmp_path / name if shared else config.home})) for name in "ab")
    one.ingest(str(write_cur(tmp_path / "a.csv", lines(AUGUST, "1", team="shop"), version=version(1))))
    assert (other.release_id(), ledger(other)) == (1, ledger(one))
    other.ingest(str(write_cur(tmp_path / "b.csv", lines(AUGUST, "2", "3"), version=version(2))))
    assert (total(one), one.release_id()) == (Decimal(5), 2)
    one.close_month("default", one.sources()[0].name, AUGUST)
    other.ingest(str(write_cur(tmp_path / "c.csv", lines(AUGUST, "4", "3"), version=version(3))))
    assert total(one, where="revision = 1") == Decimal(2)
    for home in (one, other):
        assert_closes(home)


def test_a_home_below_a_name_with_blanks_and_signs(tmp_path: Path) -> None:
    home = Home(Config.model_validate({"home": tmp_path / "My Köln % home", "engine": {"memory": "300MB"}}))
    home.ingest(str(write_cur(tmp_path / "a.csv", lines(AUGUST, "1"))))
    assert total(home) == 1
