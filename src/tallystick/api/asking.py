"""From a question to an answer: kept from before, or computed on a query thread over one release.

The release is read first and named in the key, so that an answer can be kept for as long as it is true.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from tallystick import clock
from tallystick.api.negotiation import JSON, choose
from tallystick.api.queries import Query
from tallystick.api.responses import Rendered
from tallystick.api.service import Call
from tallystick.api.tenancy import Standing, report_context
from tallystick.engine.session import Session
from tallystick.reports.context import ReportContext


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it reaches the thread that answers it."""

    session: Session
    query: Query
    context: ReportContext
    media_type: str
    """The form wanted: JSON, or another one that the endpoint offers."""


Work = Callable[[Asked], str]
"""Computes the answer's text, in the form wanted."""


async def ask(call: Call, family: str, work: Work, forms: tuple[str, ...] = (JSON,)) -> Response:
    """The answer to a call. ``family`` is the kind of question in metrics; ``forms`` are what it can be answered in."""
    media_type = choose(call.request.headers.get("accept"), *forms)
    standing = await run_in_threadpool(call.standing)
    query, metrics = call.query, call.service.metrics
    computed = False

    def compute() -> Rendered:
        started = time.perf_counter()
        context = report_context(standing, call.caller, call.home, call.path)
        with call.home.session(standing.tenant, standing.release_id or None) as session:
            text = work(Asked(session, query, context, media_type))
        metrics.query_seconds.labels(family).observe(time.perf_counter() - started)
        return Rendered.of(text, media_type)

    async def in_pool() -> Rendered:
        nonlocal computed
        computed = True
        return await call.service.pool.run(compute)

    answer = await call.service.cache.answer(_key(call, standing, media_type), in_pool)
    metrics.answers.labels(family, "no" if computed else "yes").inc()
    return answer.response(call.request.headers.get("if-none-match"))


def _key(call: Call, standing: Standing, media_type: str) -> tuple[object, ...]:
    """All that an answer depends on. The query keeps its order, which has a meaning (nesting, the last order wins)."""
    return (
        standing.tenant,
        standing.release_id,
        standing.settings_version,
        clock.today(),
        call.path,
        call.query,
        media_type,
        call.caller.access,
    )
