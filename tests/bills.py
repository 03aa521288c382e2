"""Small bills for tests, in the formats in which providers write them."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from pathlib import Path

CUR_HEADER = """
    identity/LineItemId identity/TimeInterval bill/InvoiceId bill/BillingEntity bill/BillType
    bill/PayerAccountId bill/BillingPeriodStartDate bill/BillingPeriodEndDate lineItem/UsageAccountId
    lineItem/LineItemType lineItem/UsageStartDate lineItem/UsageEndDate lineItem/ProductCode
    lineItem/UsageType lineItem/Operation lineItem/AvailabilityZone lineItem/ResourceId lineItem/UsageAmount
    lineItem/CurrencyCode lineItem/UnblendedRate lineItem/UnblendedCost lineItem/BlendedRate
    lineItem/BlendedCost lineItem/LineItemDescription lineItem/LegalEntity product/ProductName
    product/productFamily product/region product/instanceType product/sku pricing/term pricing/unit
    pricing/publicOnDemandCost savingsPlan/SavingsPlanEffectiveCost savingsPlan/SavingsPlanARN
    savingsPlan/TotalCommitmentToDate savingsPlan/UsedCommitment reservation/EffectiveCost
    reservation/ReservationARN reservation/UnusedAmortizedUpfrontFeeForBillingPeriod
    reservation/UnusedRecurringFee resourceTags/user:team resourceTags/user:environment
    costCategory/CostCenter
""".split()

Cells = Mapping[str, str]


def next_month(month: date) -> date:
    """The first day of the month after."""
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def cur_line(month: date, day: int = 1, hour: int = 0, **cells: str) -> dict[str, str]:
    """A usage line of a CUR; cells are named by the part after the slash, e.g. ``UnblendedCost``."""
    start = datetime(month.year, month.month, day, hour, tzinfo=UTC)
    stamp = start.strftime("%Y-%m-%dT%H:00:00Z")
    end = f"{start:%Y-%m-%d}T{hour:02}:59:59Z"
    line = {
        "identity/TimeInterval": f"{stamp}/{end}",
        "bill/BillingEntity": "AWS",
        "bill/BillType": "Anniversary",
        "bill/PayerAccountId": "000000000001",
        "bill/BillingPeriodStartDate": f"{month:%Y-%m-%d}T00:00:00Z",
        "bill/BillingPeriodEndDate": f"{next_month(month):%Y-%m-%d}T00:00:00Z",
        "lineItem/UsageAccountId": "000000000002",
        "lineItem/LineItemType": "Usage",
        "lineItem/UsageStartDate": stamp,
        "lineItem/UsageEndDate": end,
        "lineItem/ProductCode": "AmazonEC2",
        "lineItem/CurrencyCode": "USD",
        "lineItem/UsageAmount": "1",
        "lineItem/UnblendedCost": "1",
        "lineItem/BlendedCost": "1",
        "lineItem/LegalEntity": "Amazon Web Services, Inc.",
        "product/ProductName": "Amazon Elastic Compute Cloud",
        "product/region": "us-east-1",
        "pricing/unit": "Hrs",
        "pricing/publicOnDemandCost": "1",
    }
    by_name = {name.rpartition("/")[2]: name for name in CUR_HEADER}
    by_name |= {"team": "resourceTags/user:team", "environment": "resourceTags/user:environment"}
    return line | {by_name[name]: value for name, value in cells.items()}


def write_csv(path: Path, header: Iterable[str], lines: Iterable[Cells]) -> Path:
    """A CSV file, gzipped when its name says so (without a time stamp inside)."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(header), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    data = text.getvalue().encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(data, mtime=0) if path.suffix == ".gz" else data)
    return path


def write_cur(path: Path, lines: Iterable[Cells], *, version: datetime | None = None) -> Path:
    """A CUR file; ``version`` is the modification time that it gets."""
    write_csv(path, CUR_HEADER, lines)
    if version is not None:
        os.utime(path, (version.timestamp(), version.timestamp()))
    return path


def write_report(
    root: Path, month: date, assembly: str, files: Mapping[str, Iterable[Cells]], name: str = "cur"
) -> Path:
    """A month of a CUR with its manifests, in the layout that keeps every assembly; gives the report's folder."""
    folder = root / name / f"{month:%Y%m%d}-{next_month(month):%Y%m%d}"
    keys = []
    for file_name, lines in files.items():
        path = write_csv(folder / assembly / file_name, CUR_HEADER, lines)
        keys.append(str(path.relative_to(root)))
    manifest = {
        "assemblyId": assembly,
        "account": "000000000001",
        "reportName": name,
        "compression": "GZIP",
        "contentType": "text/csv",
        "charset": "UTF-8",
        "bucket": "bucket",
        "billingPeriod": {
            "start": f"{month:%Y%m%d}T000000.000Z",
            "end": f"{next_month(month):%Y%m%d}T000000.000Z",
        },
        "reportKeys": keys,
    }
    for place in (folder / assembly, folder):
        (place / f"{name}-Manifest.json").write_text(json.dumps(manifest))
    return root / name
