"""``rating/quote``: what resources would cost now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from tallystick import clock
from tallystick.api.cloudkitty.call import RatingCall
from tallystick.api.cloudkitty.wsme import Endpoints, InvalidInputError
from tallystick.api.cloudkitty.wsme.types import Number, Object, Text
from tallystick.rating.quoting import Quoted, quote
from tallystick.rating.reading import read_rating
from tallystick.rating.rules.amounts import stored
from tallystick.settings.moments import shortest_period

API = Endpoints("/rating")


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourceBody:
    """A resource, as it is sent. ``desc`` has ``groupby`` and ``metadata``; what is flat counts as metadata."""

    service: Text
    volume: Number
    desc: Object = field(default_factory=dict)

    def quoted(self) -> Quoted:
        """The resource to be rated."""
        flat = {name: value for name, value in self.desc.items() if name not in ("groupby", "metadata")}
        metadata = {**flat, **_object(self.desc, "metadata")}
        volume = Decimal(stored(self.volume, "volume"))
        return Quoted(self.service, volume, _texts(_object(self.desc, "groupby")), _texts(metadata))


@dataclass(frozen=True, slots=True, kw_only=True)
class ResourcesBody:
    """What is to be quoted."""

    resources: list[ResourceBody]


@API.post("/quote", body="res_data", rule="rating:quote")
def quoted(call: RatingCall, res_data: ResourcesBody) -> str:
    """The sum of the prices of resources, for one period that begins now."""
    now = clock.now()
    with call.database.read() as session:
        rating = read_rating(session, call.tenant, call.home.config.rating.currency).of_day("", now.date())
        end = now + shortest_period(session, call.tenant)
    resources = [resource.quoted() for resource in res_data.resources]
    total = quote(rating, resources, now, end, call.home.resources)
    return f"{total:f}".rstrip("0").rstrip(".") if total else "0"


def _object(desc: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = desc.get(name) or {}
    if not isinstance(found, dict):
        raise InvalidInputError(f"desc.{name}", found, "Value should be an object.")
    return found


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in values.items() if value is not None}
