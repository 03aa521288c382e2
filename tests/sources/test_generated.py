"""A bill from koku-nise, as AWS would deliver it: found from any folder, and summed as its own CSV says."""

from __future__ import annotations

import csv
import gzip
import subprocess
import sys
from collections import Counter
from decimal import Decimal, InvalidOperation
from pathlib import Path

import pytest

from sources.delivered import Reader
from tallystick.sources.delivery import Found, Limits
from tallystick.sources.discovery import discover

COMPANY = """
generators:
  - EC2Generator:
      start_date: 2026-08-30
      end_date: 2026-09-02
      resource_id: 10000001
      product_sku: SKU1
      user: "000000000042"
      processor_arch: 64-bit
      instance_type: {inst_type: m5.large, vcpu: 2, memory: 8 GiB, storage: EBS, family: General, cost: 1.1, rate: 1.1,
                      physical_cores: 1, saving: 0.7}
      tags: {"resourceTags/user:team": web, "resourceTags/user:environment": prod}
      cost_category: {"costCategory/Charge type": run}
  - EC2Generator:
      start_date: 2026-08-30
      end_date: 2026-09-02
      resource_id: 10000001
      product_sku: SKU1
      processor_arch: 64-bit
      instance_type: {inst_type: m5.large, vcpu: 2, memory: 8 GiB, storage: EBS, family: General, cost: 1.1, rate: 1.1,
                      physical_cores: 1, saving: 0.7, negation: true}
      tags: {}
  - EBSGenerator:
      start_date: 2026-08-30
      end_date: 2026-09-02
      resource_id: 10000003
      product_sku: SKU3
      disk_size: 100
      rate: 0.1
      tags: {"resourceTags/user:team": data}
  - DataTransferGenerator:
      start_date: 2026-08-30
      end_date: 2026-09-02
      resource_id: 10000004
      product_sku: SKU4
      amount: 3
      rate: 0.017
      tags: {}
"""


@pytest.fixture(scope="session")
def bucket(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that stands for a bucket; koku-nise adds an empty month of its own."""
    folder = tmp_path_factory.mktemp("nise")
    (folder / "company.yml").write_text(COMPANY)
    (folder / "bucket").mkdir()
    command = [str(Path(sys.executable).with_name("nise")), "report", "aws", "--static-report-file", "company.yml"]
    command += ["-s", "2026-08-30", "-e", "2026-10-01", "--aws-s3-bucket-name", str(folder / "bucket")]
    subprocess.run([*command, "--aws-s3-report-name", "cur"], cwd=folder, check=True, capture_output=True)
    return folder / "bucket"


def found_in(folder: Path, workspace: Path) -> list[Found]:
    found = discover(str(folder), as_kind=None, limits=Limits(), workspace=workspace)
    assert all(isinstance(each, Found) for each in found)
    return [each for each in found if isinstance(each, Found)]


def own_sum(path: Path, column: str) -> Decimal:
    total = Decimal(0)
    with gzip.open(path, "rt", newline="") as text:
        for row in csv.DictReader(text):
            try:
                total += Decimal(row[column] or 0)
            except InvalidOperation:
                assert row[column] == "None"
    return total


def test_found_from_the_bucket_from_above_and_from_below(bucket: Path, tmp_path: Path) -> None:
    months = [(each.series, each.billing_period, each.assembly_id) for each in found_in(bucket, tmp_path)]
    assert sorted(str(month) for _, month, _ in months)[:2] == ["2026-08-01", "2026-09-01"]
    assert {series for series, _, _ in months} == {"cur"}
    for folder in (bucket.parent, bucket / "cur"):
        found = [each for each in found_in_any(folder, tmp_path) if isinstance(each, Found)]
        assert [(each.series, each.billing_period, each.assembly_id) for each in found] == months
    (august,) = found_in(bucket / "cur" / "20260801-20260901", tmp_path)
    assert august.billing_period == months[0][1]


def found_in_any(folder: Path, workspace: Path) -> list[object]:
    return list(discover(str(folder), as_kind=None, limits=Limits(), workspace=workspace))


def test_every_cost_adds_up_to_what_the_file_says(bucket: Path, tmp_path: Path, reader: Reader) -> None:
    lines: Counter[str] = Counter()
    for found in found_in(bucket, tmp_path):
        for file in found.data_files:
            rows = reader.rows("aws", file.path, billing_period=found.billing_period)
            lines.update(row["x_line_item_type"] for row in rows)
            for measure, column in {
                "x_unblended_cost": "lineItem/UnblendedCost",
                "x_blended_cost": "lineItem/BlendedCost",
                "x_savingsplan_effective_cost": "savingsPlan/SavingsPlanEffectiveCost",
            }.items():
                assert sum(row[measure] for row in rows) == own_sum(file.path, column)
            totals = reader.sources["aws"].raw_totals(file.path, limits=Limits())
            assert sum(total.rows for total in totals.values()) == len(rows)
    assert set(lines) == {"Usage", "SavingsPlanCoveredUsage", "SavingsPlanNegation"}
    assert lines["SavingsPlanCoveredUsage"] == 72


def test_its_odd_words_are_problems_and_its_tags_are_tags(bucket: Path, tmp_path: Path, reader: Reader) -> None:
    rows = [
        row
        for found in found_in(bucket, tmp_path)
        for file in found.data_files
        for row in reader.rows("aws", file.path)
    ]
    covered = [row for row in rows if row["x_line_item_type"] == "SavingsPlanCoveredUsage"]
    assert {tuple(sorted(row["tags"].items())) for row in covered} == {(("environment", "prod"), ("team", "web"))}
    assert {row["x_cost_categories"]["Charge type"] for row in covered} == {"run"}
    assert {row["sub_account_id"] for row in covered} == {"000000000042"}
    assert {row["_problems"] for row in rows} == {None, "savingsPlan/SavingsPlanEffectiveCost: not a number"}
