"""The currencies of ISO 4217: code, English name and symbol."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

LOCALE = "en_US"


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency as clients show it."""

    code: str
    name: str
    symbol: str

    def body(self) -> dict[str, object]:
        """The currency on the wire."""
        description = f"{self.code} ({self.symbol}) - {self.name}"
        return {"code": self.code, "name": self.name, "symbol": self.symbol, "description": description}


@cache
def currencies() -> dict[str, Currency]:
    """Every currency by its code, past ones included, in the order of the codes."""
    from babel.numbers import get_currency_name, get_currency_symbol, list_currencies

    return {
        code: Currency(code, get_currency_name(code, locale=LOCALE), get_currency_symbol(code, LOCALE))
        for code in sorted(list_currencies())
    }
