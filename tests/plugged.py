"""Rating modules of others, as they are written for CloudKitty's contract; loaded in a process of their own."""

from __future__ import annotations

import os
from decimal import Decimal
from typing import Any

from cloudkitty import dataframe, rating


class PerHour(rating.RatingProcessorBase):  # type: ignore[misc]
    """Adds a price per hour and scope, as the documentation's example does."""

    module_name = "perhour"
    description = "A price per hour"
    hot_config = True

    def __init__(self, tenant_id: str | None = None) -> None:
        super().__init__(tenant_id)
        self._cost = Decimal(0)

    def reload_config(self, start: Any = None) -> None:
        self._cost = Decimal(start.hour) + len(self._tenant_id or "")

    def process(self, data: Any) -> Any:
        output = dataframe.DataFrame(start=data.start, end=data.end)
        for type_, point in data.iterpoints():
            output.add_point(point.set_price(point.price + point.qty * self._cost), type_)
        return output


class Undated:
    """An older module: no base class, no start."""

    def __init__(self, tenant_id: str | None = None) -> None:
        self.told = f"{tenant_id} {sorted(os.environ)}"

    def reload_config(self) -> None:
        self.told += " reloaded"

    def process(self, data: Any) -> Any:
        made = data.as_dict(mutable=True)
        for points in made["usage"].values():
            for point in points:
                point["metadata"]["told"] = self.told
                if point["groupby"].get("id") == "bad":
                    raise ValueError("bad")
        made["usage"]["extra"] = [dict(made["usage"]["instance"][0], rating={"price": 1.5})]
        return type(data).from_dict(made)


class Stuck(Undated):
    """Never ends."""

    def process(self, data: Any) -> Any:
        while True:
            pass
