"""A small cloud as CloudKitty's collectors see it: frames of an hour and a scope, as POST /v2/dataframes has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

Frame = Mapping[str, Any]
BEGIN = datetime(2026, 2, 1, tzinfo=UTC)
FLAVORS = ("m1.tiny", "m1.small", 'it\'s "large", 10%')


def frames(scopes: int, hours: int, begin: datetime = BEGIN) -> Iterator[tuple[str, Frame]]:
    """(scope, frame), in the order of time. A scope has no volume in every fifth hour."""
    for hour in range(hours):
        start = begin + timedelta(hours=hour)
        for number in range(scopes):
            scope = f"{number:032x}"
            usage = {"instance": _instances(scope, number, hour), "image.size": [_image(scope, hour)]}
            if (hour + number) % 5:
                usage["volume.size"] = [_point("GiB", 20 + number, scope, f"v-{scope[-4:]}", volume_type="ssd")]
            period = {"begin": start.isoformat(), "end": (start + timedelta(hours=1)).isoformat()}
            yield scope, {"period": period, "usage": _dated(usage, start)}


def _instances(scope: str, number: int, hour: int) -> list[dict[str, Any]]:
    count = 1 + (number + hour) % 3
    return [
        _point("instance", 1, scope, f"i-{scope[-4:]}-{each}", flavor_name=FLAVORS[each], cores=2**each)
        for each in range(count)
    ]


def _image(scope: str, hour: int) -> dict[str, Any]:
    return _point("MiB", 12.3046875 + hour / 7, scope, f"g-{scope[-4:]}", container_format="bare")


def _point(unit: str, qty: float, scope: str, resource: str, **metadata: object) -> dict[str, Any]:
    return {
        "vol": {"unit": unit, "qty": qty},
        "groupby": {"id": resource, "project_id": scope, "user_id": "u1"},
        "metadata": {name: str(value) for name, value in metadata.items()},
    }


def _dated(usage: dict[str, list[dict[str, Any]]], start: datetime) -> dict[str, list[dict[str, Any]]]:
    """With the four attributes of the date that the collectors add."""
    names = {"week_of_the_year": "%U", "day_of_the_year": "%-j", "month": "%-m", "year": "%Y"}
    dates = {name: start.strftime(form) for name, form in names.items()}
    for points in usage.values():
        for point in points:
            point["groupby"] |= dates
    return usage
