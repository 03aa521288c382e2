"""Deliveries on a real S3 server are found and read as on the local disk."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sources.delivered import Reader, aws_row, csv_text, focus_row, write
from tallystick.errors import ConfigError, NotFoundError
from tallystick.planner.home import Home
from tallystick.settings.config import Config
from tallystick.sources.delivery import Found, Limits, Refused
from tallystick.sources.discovery import discover
from tallystick.sources.s3 import S3Store

pytestmark = pytest.mark.services

Discover = Callable[[str], list[Found | Refused]]
KEY = "pre/cur/20260801-20260901/a-1/cur-00001.csv.gz"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    folder = tmp_path / "workspace"
    folder.mkdir()
    return folder


@pytest.fixture
def search(s3_server, workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Discover:  # type: ignore[no-untyped-def]
    """Discovery with the server in the environment."""
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    return lambda address: discover(address, as_kind=None, limits=Limits(), workspace=workspace)


@pytest.fixture(scope="module")
def bucket(s3_server, tmp_path_factory: pytest.TempPathFactory) -> str:  # type: ignore[no-untyped-def]
    """A legacy report with a left-over file, and a folder of FOCUS snapshots."""
    folder = tmp_path_factory.mktemp("bucket")
    write(folder / KEY, csv_text([aws_row(), aws_row(UnblendedCost="2")]))
    write(folder / KEY.replace("00001", "00009"), csv_text([aws_row(UnblendedCost="1000")]))
    document = {"assemblyId": "a-1", "reportName": "cur", "account": "900000000001", "reportKeys": [f"/{KEY}"]}
    write(folder / "pre/cur/20260801-20260901/cur-Manifest.json", json.dumps(document))
    for day in ("2026-08-10", "2026-08-11"):
        write(folder / f"focus/{day}/part.csv", csv_text([focus_row(BilledCost=day[-1])]))
    s3_server.upload("bills", folder)
    return "bills"


def files(results: list[Found | Refused]) -> list[list[str]]:
    assert not [each for each in results if isinstance(each, Refused)]
    return [[file.name for file in each.data_files] for each in results if isinstance(each, Found)]


@pytest.mark.parametrize("prefix", ["pre", "pre/", "pre/cur", "pre/cur/20260801-20260901/"])
def test_a_report_below_a_prefix(prefix: str, bucket: str, search: Discover, workspace: Path) -> None:
    ((name,),) = files(search(f"s3://{bucket}/{prefix}"))
    assert f"{prefix.rstrip('/')}/{name}" == KEY
    fetched = [path for path in (workspace / "s3").iterdir() if path.is_file()]
    assert len(fetched) == 2, "the manifest and the one file that it lists"


def test_its_charges(bucket: str, search: Discover, workspace: Path) -> None:
    (found,) = search(f"s3://{bucket}/pre")
    assert isinstance(found, Found)
    (file,) = found.data_files
    assert [int(row["x_unblended_cost"] * 2) for row in Reader(workspace).rows("aws", file.path)] == [3, 4]
    assert (found.suggested_source, found.assembly_id, found.origin) == ("aws-900000000001", "a-1", "s3://bills/pre")


def test_snapshots_and_single_objects(bucket: str, search: Discover) -> None:
    assert files(search(f"s3://{bucket}/focus")) == [["2026-08-10/part.csv"], ["2026-08-11/part.csv"]]
    assert files(search(f"s3://{bucket}/focus/2026-08-11/part.csv")) == [["part.csv"]]


def test_the_whole_bucket(bucket: str, search: Discover) -> None:
    assert sorted(files(search(f"s3://{bucket}"))) == [
        ["focus/2026-08-10/part.csv"],
        ["focus/2026-08-11/part.csv"],
        [KEY],
    ]


@pytest.mark.parametrize("address", ["s3://bills/nothing", "s3://no-such-bucket/x"])
def test_nothing_there(address: str, bucket: str, search: Discover) -> None:
    with pytest.raises(NotFoundError, match="there is nothing at s3://"):
        search(address)


def test_no_bucket_and_wrong_keys(bucket: str, search: Discover, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigError, match="names no bucket"):
        search("s3://")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong")
    with pytest.raises(ConfigError, match="cannot be read"):
        search(f"s3://{bucket}/pre")


def test_what_was_fetched_before_is_not_fetched_again(  # type: ignore[no-untyped-def]
    s3_server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    home = Home(Config.model_validate({"home": tmp_path / "home", "engine": {"memory": "300MB"}}))
    fetched: list[str] = []
    plain = S3Store._download
    monkeypatch.setattr(S3Store, "_download", lambda self, key, target: fetched.append(key) or plain(self, key, target))

    def ingest(**costs: str) -> list[str]:
        for day, cost in costs.items():
            write(tmp_path / f"again/{day}/part.csv", csv_text([focus_row(BilledCost=cost)]))
        s3_server.upload("again", tmp_path / "again")
        fetched.clear()
        return [receipt.outcome for receipt in home.ingest("s3://again")]

    assert ingest(**{"2026-08-10": "1", "2026-08-11": "22"}) == ["superseded", "accepted"]
    assert len(fetched) == 2
    s3_server.client().delete_object(Bucket="again", Key="2026-08-10/part.csv")
    (tmp_path / "again/2026-08-10/part.csv").unlink()
    assert (ingest(), fetched) == (["unchanged"], [])
    assert (ingest(**{"2026-08-11": "333"}), fetched) == (["accepted"], ["2026-08-11/part.csv"])
    with home.session() as session:
        assert session.rows("SELECT CAST(SUM(billed_cost) AS INTEGER) FROM ledger") == [(333,)]
    (file,) = (file for file in home.storage.list("deliveries") if b"333" in home.storage.read(file.name))
    home.storage.remove(file.name)
    assert (ingest(), fetched) == (["unchanged"], ["2026-08-11/part.csv"])
    assert home.storage.exists(file.name)


def test_the_settings_say_where_s3_is(s3_server, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    for name, value in s3_server.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    where = {"endpoint_url": s3_server.endpoint, "path_style": True}
    home = Home(Config.model_validate({"home": tmp_path / "home", "engine": {"memory": "300MB"}, "s3": where}))
    assert [receipt.outcome for receipt in home.ingest(f"s3://{bucket}/pre")] == ["accepted"]
