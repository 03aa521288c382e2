"""Which files make which deliveries, in every layout that providers and people use."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from sources.delivered import aws_row, csv_text, focus_row, write
from tallystick.errors import ConfigError, NotFoundError
from tallystick.sources.delivery import Found, Limits, Refused
from tallystick.sources.discovery import discover

Discover = Callable[..., list[Found | Refused]]
AUGUST, SEPTEMBER = date(2026, 8, 1), date(2026, 9, 1)


@pytest.fixture
def search(tmp_path: Path) -> Discover:
    """Discovery with a workspace."""

    def run(address: Path | str, as_kind: str | None = None, **limits: int) -> list[Found | Refused]:
        return discover(str(address), as_kind=as_kind, limits=Limits(**limits), workspace=tmp_path / "workspace")

    return run


def bill(path: Path, cost: str = "1", **changes: str) -> Path:
    return write(path, csv_text([aws_row(UnblendedCost=cost, **changes)]))


def focus(path: Path, cost: str = "1", **changes: str) -> Path:
    return write(path, csv_text([focus_row(BilledCost=cost, **changes)]))


def manifest(path: Path, *keys: str, month: str = "202608", assembly: str = "a-1", **more: object) -> Path:
    following = f"{int(month) + 1}"
    document = {
        "assemblyId": assembly,
        "account": "900000000001",
        "reportName": "cur",
        "bucket": "bucket",
        "billingPeriod": {"start": f"{month}01T000000.000Z", "end": f"{following}01T000000.000Z"},
        "reportKeys": keys,
    }
    return write(path, json.dumps(document | more))


def names(found: Found | Refused) -> list[str]:
    assert isinstance(found, Found), found
    return [file.name for file in found.data_files]


def test_legacy_report_create_new_with_every_folder_as_address(tmp_path: Path, search: Discover) -> None:
    month = tmp_path / "bucket/pre/cur/20260801-20260901"
    keys = ["/pre/cur/20260801-20260901/a-2/cur-00001.csv.gz", "/pre/cur/20260801-20260901/a-2/cur-00002.csv.gz"]
    for assembly in ("a-1", "a-2"):
        for part in ("1", "2"):
            bill(month / assembly / f"cur-0000{part}.csv.gz", cost=assembly[-1] + part)
        own = [key.replace("a-2", assembly) for key in keys]
        manifest(month / assembly / "cur-Manifest.json", *own, assembly=assembly)
    manifest(month / "cur-Manifest.json", *keys, assembly="a-2")
    for depth in range(6):
        address = [tmp_path, *reversed([month, *list(month.parents)[:4]])][depth] if depth else tmp_path
        (found,) = search(address)
        assert [name.rpartition("20260801-20260901/")[2] for name in names(found)] == [
            "a-2/cur-00001.csv.gz",
            "a-2/cur-00002.csv.gz",
        ]
        assert isinstance(found, Found)
        assert (found.kind, found.series, found.assembly_id) == ("aws", "cur", "a-2")
        assert (found.billing_period, found.suggested_source) == (AUGUST, "aws-900000000001")
        assert [file.role for file in found.files] == ["data", "data", "manifest"]


def test_only_what_the_manifest_lists_counts(tmp_path: Path, search: Discover) -> None:
    month = tmp_path / "cur/20260801-20260901"
    bill(month / "cur-00001.csv.gz")
    bill(month / "left-over.csv.gz", cost="9")
    write(month / "cur-create-table.sql", "CREATE TABLE")
    manifest(month / "cur-Manifest.json", "cur/20260801-20260901/cur-00001.csv.gz")
    (found,) = search(tmp_path)
    assert names(found) == ["cur/20260801-20260901/cur-00001.csv.gz"]


def test_months_come_in_the_order_of_their_export(tmp_path: Path, search: Discover) -> None:
    for month, age in (("202608", 100), ("202609", 200)):
        folder = tmp_path / f"cur/{month}01-{int(month) + 1}01"
        bill(folder / "cur-1.csv")
        os.utime(manifest(folder / "cur-Manifest.json", f"{folder.name}/cur-1.csv", month=month), (age, age))
    august, september = search(tmp_path)
    assert isinstance(august, Found)
    assert isinstance(september, Found)
    assert (august.billing_period, september.billing_period) == (AUGUST, SEPTEMBER)
    assert (august.version, september.version) == tuple(datetime.fromtimestamp(age, UTC) for age in (100, 200))


def test_data_exports_take_the_newest_execution(tmp_path: Path, search: Discover) -> None:
    for stamp in ("20260810T040000Z-aaa", "20260811T040000Z-bbb"):
        key = f"exp/data/BILLING_PERIOD=2026-08/{stamp}/exp-00001.csv.gz"
        bill(tmp_path / key, cost="1" if "aaa" in stamp else "2")
        document = {"exportName": "exp", "executionId": stamp[-3:], "dataFiles": [f"s3://bucket/{key}"]}
        write(tmp_path / f"exp/metadata/BILLING_PERIOD=2026-08/{stamp}/exp-Manifest.json", json.dumps(document))
    (found,) = search(tmp_path)
    assert isinstance(found, Found)
    assert names(found) == ["exp/data/BILLING_PERIOD=2026-08/20260811T040000Z-bbb/exp-00001.csv.gz"]
    assert (found.series, found.assembly_id, found.billing_period) == ("exp", "bbb", AUGUST)
    assert found.version == datetime(2026, 8, 11, 4, tzinfo=UTC)


def test_a_legacy_parquet_report_beside_its_status_table(tmp_path: Path, search: Discover) -> None:
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    data = tmp_path / "cur/cur/year=2026/month=8/cur-00001.snappy.parquet"
    data.parent.mkdir(parents=True)
    pq.write_table(pa.table({name.replace("/", "_"): [cell] for name, cell in aws_row().items()}), data)
    status = tmp_path / "cur/cur/cost_and_usage_data_status/status.parquet"
    status.parent.mkdir()
    pq.write_table(pa.table({"status": ["READY"]}), status)
    manifest(
        tmp_path / "cur/20260801-20260901/cur-Manifest.json", "pre/cur/cur/year=2026/month=8/cur-00001.snappy.parquet"
    )
    (found,) = search(tmp_path)
    assert names(found) == ["cur/cur/year=2026/month=8/cur-00001.snappy.parquet"]
    (tmp_path / "cur/20260801-20260901/cur-Manifest.json").unlink()
    (loose,) = search(tmp_path)
    assert isinstance(loose, Found)
    assert loose.billing_period == AUGUST


def test_a_month_without_lines_is_known_by_its_manifest(tmp_path: Path, search: Discover) -> None:
    write(tmp_path / "cur/20260801-20260901/cur-1.csv.gz", csv_text([], list(aws_row())))
    manifest(tmp_path / "cur/20260801-20260901/cur-Manifest.json", "cur/20260801-20260901/cur-1.csv.gz")
    (found,) = search(tmp_path)
    assert isinstance(found, Found)
    assert found.suggested_source == "aws-900000000001"


MANIFESTS = {
    "not JSON": ("{", "broken JSON in line 1"),
    "nested": ("[" * 200_000, "nested too deeply"),
    "other JSON": ('{"a": 1}', "neither a manifest nor a bill"),
    "lists what is not there": ('{"reportKeys": ["cur/gone.csv"]}', "it lists cur/gone.csv, which is not there"),
    "climbs": ('{"reportKeys": ["../../etc/passwd"]}', "it lists an impossible file"),
    "lists nothing": ('{"reportKeys": []}', "it lists no files"),
}


@pytest.mark.parametrize("case", MANIFESTS)
def test_refused_manifests(case: str, tmp_path: Path, search: Discover) -> None:
    text, reason = MANIFESTS[case]
    write(tmp_path / "cur-Manifest.json", text)
    (refused,) = search(tmp_path)
    assert isinstance(refused, Refused)
    assert refused.place.file == "cur-Manifest.json"
    assert reason in refused.reason


def test_a_damaged_file_of_a_manifest_refuses_the_delivery(tmp_path: Path, search: Discover) -> None:
    bill(tmp_path / "cur/20260801-20260901/1.csv")
    write(tmp_path / "cur/20260801-20260901/2.csv", b"%PDF-1.7")
    manifest(tmp_path / "cur/20260801-20260901/cur-Manifest.json", "1.csv", "2.csv")
    results = search(tmp_path)
    assert [type(each) for each in results] == [Refused, Refused]


def test_files_of_one_folder_are_parts_of_one_delivery_per_kind_and_account(tmp_path: Path, search: Discover) -> None:
    bill(tmp_path / "1.csv")
    bill(tmp_path / "2.csv.gz", cost="2")
    bill(tmp_path / "other.csv", PayerAccountId="800000000001")
    focus(tmp_path / "focus.csv")
    found = search(tmp_path)
    assert sorted((each.suggested_source, *names(each)) for each in found if isinstance(each, Found)) == [
        ("aws-800000000001", "other.csv"),
        ("aws-900000000001", "1.csv", "2.csv.gz"),
        ("focus-cloudy-acc-1", "focus.csv"),
    ]


def test_the_same_content_counts_once(tmp_path: Path, search: Discover) -> None:
    bill(tmp_path / "a.csv")
    bill(tmp_path / "copy of a.csv")
    (found,) = search(tmp_path)
    assert names(found) == ["a.csv"]


def test_snapshot_folders_are_deliveries_of_their_own_in_order(tmp_path: Path, search: Discover) -> None:
    for day in ("2026-08-12", "2026-08-10", "2026-08-11"):
        focus(tmp_path / day / "part-0.csv", cost=day[-1])
        focus(tmp_path / day / "part-1.csv", cost="1" + day[-1])
    found = search(tmp_path)
    assert [names(each) for each in found] == [
        [f"{day}/part-0.csv", f"{day}/part-1.csv"] for day in ("2026-08-10", "2026-08-11", "2026-08-12")
    ]
    assert {each.series for each in found if isinstance(each, Found)} == {"default"}


PERIODS = {
    "BILLING_PERIOD=2026-08": AUGUST,
    "billing_period=2026-08-01": AUGUST,
    "year=2026/month=8": AUGUST,
    "year=2026/month=08/day=02": AUGUST,
    "20260801-20260901": AUGUST,
    "20260801-20260831": AUGUST,
    "august": None,
}


@pytest.mark.parametrize("folder", PERIODS)
def test_folders_that_name_a_period(folder: str, tmp_path: Path, search: Discover) -> None:
    focus(tmp_path / folder / "a.csv")
    (found,) = search(tmp_path)
    assert isinstance(found, Found)
    assert found.billing_period == PERIODS[folder]


def test_partitions_below_a_period_are_parts(tmp_path: Path, search: Discover) -> None:
    for day in ("01", "02"):
        focus(tmp_path / f"year=2026/month=08/day={day}/a.csv", cost=day)
    (found,) = search(tmp_path)
    assert len(names(found)) == 2


def test_hidden_and_marker_files_are_passed_over(tmp_path: Path, search: Discover) -> None:
    bill(tmp_path / "a.csv")
    write(tmp_path / ".DS_Store", b"\0\1")
    write(tmp_path / "_SUCCESS", b"")
    write(tmp_path / "_delta_log/0.json", b"{}")
    assert len(search(tmp_path)) == 1


def test_a_foreign_file_is_refused_and_the_rest_is_found(tmp_path: Path, search: Discover) -> None:
    bill(tmp_path / "a.csv")
    write(tmp_path / "people.csv", "name,age\nann,3\n")
    refused, found = search(tmp_path)
    assert isinstance(refused, Refused)
    assert (refused.place.file, names(found)) == ("people.csv", ["a.csv"])
    assert "its columns are those of no known bill (aws, focus, points); it begins with name, age" in refused.reason


def test_one_file_and_a_name_without_extension(tmp_path: Path, search: Discover) -> None:
    bill(tmp_path / "a.csv.gz").rename(tmp_path / "bill")
    (found,) = search(tmp_path / "bill")
    assert names(found) == ["bill"]


def test_the_kind_can_be_told(tmp_path: Path, search: Discover) -> None:
    (found,) = search(bill(tmp_path / "a.csv"), as_kind="focus")
    assert isinstance(found, Found)
    assert found.kind == "focus"
    with pytest.raises(ConfigError, match="there is no kind of source 'azure'; there are: aws, focus"):
        search(tmp_path, as_kind="azure")


def test_addresses_that_lead_nowhere(tmp_path: Path, search: Discover) -> None:
    with pytest.raises(NotFoundError):
        search(tmp_path / "gone")
    with pytest.raises(ConfigError, match="ftp://"):
        search("ftp://bucket")
    assert search(tmp_path) == []
