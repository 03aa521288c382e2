"""What metering is made of: a fetcher knows which scopes there are, a collector gives the points of one metric.

Both are found by name behind the entry points ``tallystick.fetchers`` and ``tallystick.collectors``; what stands there
is called with the :class:`~tallystick.sources.metering.options.MeteringConfig` of a source. Neither knows which periods
are due, nor what becomes of the points.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

import pyarrow as pa

from tallystick.sources.metering.metrics_conf import Metric


@dataclass(frozen=True)
class Collected:
    """What one metric has in a range of periods, for many scopes.

    ``points`` has the columns of :data:`tallystick.sources.points.table.SCHEMA`. ``problems`` says why a scope could
    not be answered for the whole range; no point of such a scope is among the points. A scope that is in neither has no
    data, which is not a problem.
    """

    points: pa.Table
    problems: Mapping[str, str]


class Collector(Protocol):
    """Gives points. An object may be used by several threads."""

    def collect(
        self, metric: Metric, scopes: Sequence[str], begin: datetime, end: datetime, period: timedelta
    ) -> Collected:
        """The points of all periods [begin + k * period, begin + (k + 1) * period) up to ``end``.

        A server that does not answer is a problem of every scope; nothing that the user can put right is raised.
        """


class Fetcher(Protocol):
    """Knows the scopes that are to be rated."""

    def scopes(self) -> list[str]:
        """Their ids, sorted, each once. Raises UnavailableError or ConfigError when they cannot be told."""
