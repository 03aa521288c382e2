"""CloudKitty's module ``pyscripts`` over made points: prints the seconds of CPU that it took, and the sum of prices.

Run by a Python with CloudKitty: ``python rated_by_script.py SCRIPT POINTS_PER_FRAME HOURS once|always``.
"""

from __future__ import annotations

import sys
import time
from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Context, Decimal
from pathlib import Path
from typing import Any

from cloudkitty.dataframe import DataFrame, DataPoint
from cloudkitty.rating.pyscripts import PyScripts

BEGIN = datetime(2026, 1, 5, tzinfo=timezone.utc)  # noqa: UP017
METRICS = ("image.size", "instance", "volume.size")
TAGS = {"week_of_the_year": "01", "day_of_the_year": "5", "month": "1", "year": "2026"}


def main() -> None:
    """Make the frames, rate them, tell."""
    text, per_frame, hours = Path(sys.argv[1]).read_text(), int(sys.argv[2]), int(sys.argv[3])
    frames = [frame(scope, hour, per_frame) for scope in range(100) for hour in range(hours)]
    module = PyScripts.__new__(PyScripts)
    module._scripts = {"1": compiled(text)}
    begun = time.process_time()
    rated = []
    for one in frames:
        if sys.argv[4] == "always":
            module._scripts = {"1": compiled(text)}
        rated.append(module.process(one))
    taken = time.process_time() - begun
    wide, atto = Context(prec=60, rounding=ROUND_HALF_UP), Decimal(1).scaleb(-18)
    prices = (point.price.quantize(atto, context=wide) for one in rated for _, point in one.iterpoints())
    total = sum(prices, Decimal(0))
    print(taken, total.quantize(Decimal(1).scaleb(-8), context=wide))


def compiled(text: str) -> dict[str, Any]:
    """The script as the module keeps it."""
    return {"name": "benchmark", "code": compile(text, "<PyScripts: benchmark>", "exec"), "checksum": ""}


def frame(scope: int, hour: int, points: int) -> Any:
    """The points of a scope and hour."""
    usage: dict[str, list[Any]] = {}
    for n in range(points):
        groupby = {"id": f"id-{n}", "project_id": f"scope-{scope}", "user_id": f"user-{n % 3}", **TAGS}
        metadata = {"flavor_name": f"m1.{n % 4}", "vcpus": str(n % 8)}
        point = DataPoint("GiB", n % 7 + Decimal("0.5"), n % 5, groupby, metadata)
        usage.setdefault(METRICS[n % 3], []).append(point)
    begin = BEGIN + timedelta(hours=hour)
    return DataFrame(begin, begin + timedelta(hours=1), usage)


if __name__ == "__main__":
    main()
