"""The commands on a real home: a small bill in, every question answered."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from typer.testing import CliRunner, Result

from bills import cur_line, write_cur
from tallystick.api.app import create_app
from tallystick.cli.app import app
from tallystick.planner.home import Home
from tallystick.settings.config import Config

AUGUST = date(2026, 8, 1)
NOW = "2026-09-15T12:00:00Z"
Run = Callable[..., Result]


def bill(path: Path, *more: dict[str, str]) -> Path:
    """August: two services, one cost that no float holds."""
    lines = [
        cur_line(AUGUST, day=1, UnblendedCost="1000.5", team="web"),
        cur_line(AUGUST, day=2, UnblendedCost="0.000000000000000001", team="data", UsageAccountId="000000000003"),
        cur_line(AUGUST, day=2, UnblendedCost="-0.25", ProductCode="AmazonS3"),
        *more,
    ]
    return write_cur(path, lines)


def runner_for(home: Path) -> Run:
    """Runs ``tally`` on a home; exit code 0 unless another is named."""
    runner = CliRunner(env={"TALLY_HOME": str(home), "TALLY_NOW": NOW, "TALLY_ENGINE_THREADS": "1"})

    def run(*arguments: str, code: int = 0) -> Result:
        result = runner.invoke(app, list(arguments), catch_exceptions=False)
        assert result.exit_code == code, result.output
        return result

    return run


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cli")
    runner_for(folder / "home")("ingest", str(bill(folder / "august.csv.gz")), "--source", "bills")
    return folder / "home"


@pytest.fixture
def tally(home: Path) -> Run:
    return runner_for(home)


def lines_of(result: Result) -> list[list[str]]:
    """The words of each line, dashes of tables left out."""
    return [line.split() for line in result.stdout.splitlines() if line.strip(" ─")]


def test_ingest_says_what_became_of_each_delivery(tally: Run, home: Path, tmp_path: Path) -> None:
    again = lines_of(tally("ingest", str(home.parent / "august.csv.gz"), "--source", "bills"))
    assert again[-1][:5] == ["2026-08", "bills", "aws", "3", "1,000.250000000000000001"]
    assert again[-1][-1] == "unchanged"
    (tmp_path / "notes.csv").write_text("a,b\n1,2\n")
    refused = tally("ingest", str(tmp_path), code=1)
    assert "refused: notes.csv: " in refused.stderr
    assert "notes.csv" in tally("deliveries").stdout


def test_sources_deliveries_and_status(tally: Run) -> None:
    assert ["1", "bills", "aws", "1", "2026-08"] in [line[:5] for line in lines_of(tally("sources"))]
    listed = next(line for line in lines_of(tally("deliveries")) if "accepted" in line)
    shown = tally("deliveries", "show", listed[0][:6]).stdout
    assert "august.csv.gz" in shown
    assert "billed_cost" in shown
    facts = dict(line.split("  ", 1) for line in tally("status").stdout.splitlines())
    assert facts["Sources"].strip() == "1"
    assert facts["Rows of charges"].strip() == "3"
    assert facts["Stale"].strip() == "nothing"


def test_a_report_shows_every_digit(tally: Run) -> None:
    lines = lines_of(tally("report", "aws", "costs", "--group-by", "service"))
    assert ["AmazonEC2", "1,000.500000000000000001"] in lines
    assert ["AmazonS3", "-0.25"] in lines
    assert " ".join(lines[-1]) == "aws/costs, unblended_cost: 1,000.250000000000000001 USD in total"


def test_another_currency_is_named_and_can_be_asked_for(tmp_path: Path) -> None:
    tally = runner_for(tmp_path / "home")
    tally("ingest", str(bill(tmp_path / "two.csv", cur_line(AUGUST, UnblendedCost="7.25", CurrencyCode="EUR"))))
    question = ["report", "aws", "costs", "--from", "2026-08-01", "--to", "2026-08-31"]
    assert "There are also costs in EUR: ask with --currency" in tally(*question).stdout
    assert "7.25 EUR in total" in tally(*question, "--currency", "EUR").stdout


def test_json_is_the_body_that_the_api_gives(tally: Run, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLY_NOW", NOW)
    options = (
        "--group-by tag:team --filter exact:service=AmazonEC2 --order-by cost=asc --from 2026-08-01 --to 2026-08-02"
    )
    answer = tally("report", "aws", "costs", *options.split(), "--format", "json").stdout
    query = (
        "group_by[tag:team]=*&filter[exact:service]=AmazonEC2&order_by[cost]=asc"
        "&start_date=2026-08-01&end_date=2026-08-02&limit=0"
    )
    client = TestClient(create_app(Home(Config(home=home))), client=("127.0.0.1", 1), base_url="http://127.0.0.1")
    assert answer.strip() == client.get(f"/api/cost-management/v1/reports/aws/costs/?{query}").text.strip()
    total = json.loads(answer, parse_float=Decimal)["meta"]["total"]["cost"]["total"]
    assert total == {"value": Decimal("1000.500000000000000001"), "units": "USD"}


def test_csv(tally: Run) -> None:
    header, *rows = tally(
        "report", "focus", "costs", "--group-by", "SubAccountId", "--format", "csv"
    ).stdout.splitlines()
    assert "cost_total" in header.split(",")
    assert len(rows) == 2


def test_an_unknown_key_is_answered_with_the_known_ones(home: Path) -> None:
    import subprocess
    import sys

    command = [sys.executable, "-c", "import sys; from tallystick.cli import main; sys.exit(main())", "report", "aws"]
    done = subprocess.run(
        [*command, "costs", "--group-by", "serivce", "--home", str(home)], check=False, capture_output=True, text=True
    )
    assert done.returncode == 2
    assert done.stderr.startswith("error: group_by[serivce]: ")
    assert "service" in done.stderr.split("knows for group_by", 1)[1]


def test_explain_opens_a_number_down_to_file_and_row(tally: Run) -> None:
    shown = tally("explain", "aws", "costs", "--filter", "service=AmazonEC2", "--day", "2026-08-02").stdout
    assert "Charges of the bill: 1; together 0.000000000000000001 USD" in shown
    assert shown.splitlines()[-1] == "The two agree to the last digit."
    assert any(line[-2:] == ["2", "august.csv.gz"] for line in map(str.split, shown.splitlines()))
    body = json.loads(tally("explain", "aws", "costs", "--day", "2026-08-02", "--format", "json").stdout)
    assert [(charge["file"], charge["row"]) for charge in body["charges"]] == [
        ("august.csv.gz", 3),
        ("august.csv.gz", 2),
    ]


def test_sql_reads_only_what_is_the_tenants(tally: Run, tmp_path: Path) -> None:
    query = "SELECT x_service_code, SUM(x_unblended_cost) AS cost FROM ledger GROUP BY 1 ORDER BY 1"
    assert tally("sql", query, "--format", "csv").stdout.splitlines() == [
        "x_service_code,cost",
        "AmazonEC2,1000.500000000000000001",
        "AmazonS3,-0.25",
    ]
    (tmp_path / "secret.csv").write_text("a\n1\n")
    for forbidden in (f"FROM '{tmp_path}/secret.csv'", f"FROM read_text('{tmp_path}/*')", "DROP VIEW charges"):
        with pytest.raises(Exception, match=r"disabled|refused|Permission"):
            tally("sql", forbidden)


def test_a_home_without_data_answers_everything(tmp_path: Path) -> None:
    tally = runner_for(tmp_path / "new")
    for command in ("sources", "deliveries", "months", "reconcile"):
        assert "tally ingest ADDRESS" in tally(command).stdout
    assert "none yet" in tally("status").stdout
    assert "no costs there" in tally("report", "aws", "costs", "--group-by", "service").stdout


def test_tenants_do_not_see_each_other(tally: Run) -> None:
    assert "no sources yet" in tally("sources", "--tenant", "other").stdout
    assert tally("sql", "SELECT count(*) AS n FROM charges", "--tenant", "other", "--format", "csv").stdout == "n\n0\n"


def test_reconcile_closes(tally: Run) -> None:
    assert "totals close, to the last digit" in tally("reconcile").stdout
    assert "delivered file" in tally("reconcile", "--deep").stdout


def test_a_month_is_closed(tmp_path: Path) -> None:
    tally = runner_for(tmp_path / "home")
    tally("ingest", str(bill(tmp_path / "august.csv")), "--source", "bills")
    assert ["2026-08", "bills", "open", "0"] in lines_of(tally("months"))
    tally("close", "2026-08", "--source", "bills")
    assert ["2026-08", "bills", "closed"] in [line[:3] for line in lines_of(tally("months"))]
    assert "snapshots expired" in tally("maintain").stdout
