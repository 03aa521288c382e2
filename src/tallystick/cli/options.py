"""Options that several commands share."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

HomeOption = Annotated[
    Path | None,
    typer.Option("--home", help="Folder of all state.  [default: TALLY_HOME or ./.tally]", show_default=False),
]
TenantOption = Annotated[str, typer.Option("--tenant", envvar="TALLY_TENANT", show_envvar=False, help="Whose data.")]
SourceOption = Annotated[str | None, typer.Option("--source", help="Name of the source.")]
FilterOption = Annotated[
    list[str] | None,
    typer.Option("--filter", metavar="KEY=VALUE", help="Keep what matches. Repeatable; exact:KEY, and:KEY, tag:KEY."),
]
ExcludeOption = Annotated[
    list[str] | None, typer.Option("--exclude", metavar="KEY=VALUE", help="Leave out what matches. Repeatable.")
]
CostTypeOption = Annotated[
    str | None, typer.Option("--cost-type", help="unblended_cost, blended_cost, calculated_amortized_cost ...")
]
CurrencyOption = Annotated[str | None, typer.Option("--currency", help="ISO 4217 code.")]
AsOfOption = Annotated[
    str | None,
    typer.Option("--as-of", metavar="DAY", help="As it was published at the end of that UTC day.  [default: now]"),
]
FromOption = Annotated[
    str | None, typer.Option("--from", metavar="DAY", help="First day, YYYY-MM-DD.  [default: the first with data]")
]
ToOption = Annotated[
    str | None, typer.Option("--to", metavar="DAY", help="Last day, inclusive.  [default: the last with data]")
]


class ReportFormat(StrEnum):
    """How a report is written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class SqlFormat(StrEnum):
    """How the answer to a query is written."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"
    PARQUET = "parquet"
    ARROW = "arrow"
