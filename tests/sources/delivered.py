"""Small delivered files, and what a scan makes of them."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tallystick.errors import RefusedError
from tallystick.sources.base import Source
from tallystick.sources.delivery import Limits, Scan
from tallystick.sources.registry import load_sources

Row = dict[str, Any]

AWS_ROW = {
    "bill/PayerAccountId": "900000000001",
    "bill/BillingEntity": "AWS",
    "bill/BillingPeriodStartDate": "2026-08-01T00:00:00Z",
    "bill/BillingPeriodEndDate": "2026-09-01T00:00:00Z",
    "lineItem/UsageAccountId": "000000000042",
    "lineItem/LineItemType": "Usage",
    "lineItem/UsageStartDate": "2026-08-03T01:00:00Z",
    "lineItem/UsageEndDate": "2026-08-03T02:00:00Z",
    "lineItem/ProductCode": "AmazonEC2",
    "lineItem/UsageAmount": "2",
    "lineItem/CurrencyCode": "USD",
    "lineItem/UnblendedCost": "1.5",
    "lineItem/BlendedCost": "1.25",
    "pricing/publicOnDemandCost": "2",
    "pricing/unit": "Hrs",
    "reservation/EffectiveCost": "",
    "reservation/UnusedAmortizedUpfrontFeeForBillingPeriod": "",
    "reservation/UnusedRecurringFee": "",
    "reservation/ReservationARN": "",
    "savingsPlan/SavingsPlanARN": "",
    "savingsPlan/SavingsPlanEffectiveCost": "",
    "savingsPlan/TotalCommitmentToDate": "",
    "savingsPlan/UsedCommitment": "",
}

FOCUS_ROW = {
    "BilledCost": "1.5",
    "EffectiveCost": "1.25",
    "ListCost": "2",
    "ContractedCost": "1.75",
    "BillingAccountId": "acc-1",
    "BillingAccountName": "Acme",
    "BillingCurrency": "EUR",
    "BillingPeriodStart": "2026-08-01T00:00:00Z",
    "BillingPeriodEnd": "2026-09-01T00:00:00Z",
    "ChargePeriodStart": "2026-08-03T00:00:00Z",
    "ChargePeriodEnd": "2026-08-04T00:00:00Z",
    "ChargeCategory": "Usage",
    "ChargeClass": "",
    "ChargeDescription": "a server",
    "InvoiceIssuerName": "Cloudy",
    "ProviderName": "Cloudy",
    "PublisherName": "Cloudy",
    "ServiceCategory": "Compute",
    "ServiceName": "Servers",
    "PricingQuantity": "3",
    "PricingUnit": "Hours",
    "Tags": '{"team": "web"}',
}


def aws_row(**changes: str) -> dict[str, str]:
    """A usage line; keys may leave their category out: ``UnblendedCost``."""
    row = dict(AWS_ROW)
    for name, value in changes.items():
        row[next((key for key in row if key.rpartition("/")[2] == name), name)] = value
    return row


def focus_row(**changes: str) -> dict[str, str]:
    """A usage charge."""
    return FOCUS_ROW | changes


def csv_text(rows: Sequence[Mapping[str, str]], columns: Sequence[str] | None = None) -> str:
    """Rows as CSV text with the columns of all of them."""
    names = columns or list(dict.fromkeys(name for row in rows for name in row))
    stream = io.StringIO(newline="")
    writer = csv.DictWriter(stream, names, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def write(path: Path, content: str | bytes) -> Path:
    """A file, gzipped or zipped where its name says so."""
    data = content.encode() if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(data))
    elif path.suffix == ".zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("bill.csv", data)
    else:
        path.write_bytes(data)
    return path


class Reader:
    """Runs scans as the planner does."""

    def __init__(self, workspace: Path) -> None:
        self.workspace = workspace
        self.sources: dict[str, Source] = load_sources()

    def scan(self, kind: str, path: Path, **options: Any) -> Scan:
        """The scan of a file."""
        options = {"limits": Limits(), "billing_period": None} | options
        return self.sources[kind].scan(path, workspace=self.workspace, **options)

    def rows(self, kind: str, path: Path, **options: Any) -> list[Row]:
        """The charges of a file, in order."""
        scan = self.scan(kind, path, **options)
        with duckdb.connect() as connection:
            try:
                result = connection.execute(scan.sql)
                names = [str(column[0]) for column in result.description or ()]
                return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
            except duckdb.Error as error:
                raise self.sources[kind].refusal(path.name, error, scan) from error

    def refusal(self, kind: str, path: Path, **options: Any) -> RefusedError:
        """The refusal of a file that must not be accepted."""
        with pytest.raises(RefusedError) as caught:
            self.rows(kind, path, **options)
        return caught.value
