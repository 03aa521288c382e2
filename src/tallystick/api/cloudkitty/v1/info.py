"""What is metered: ``info/config``, ``info/metrics`` and, by its old name, ``info/services``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select

from tallystick.api.cloudkitty.call import RatingCall
from tallystick.api.cloudkitty.wsme import Endpoints, FaultError
from tallystick.api.cloudkitty.wsme.types import Text
from tallystick.settings.metering import MeteringSource

API = Endpoints("/info")
Json = dict[str, object]


@API.get("/config", rule="info:get_config")
def config(call: RatingCall) -> Json:
    """The ``metrics.yml`` of every metering source, as one document."""
    return {"metrics": {name: entry for document in _documents(call) for name, entry in document.items()}}


@API.get("/metrics", "/services", rule="info:list_metrics_info")
def metrics(call: RatingCall) -> Json:
    """Every metric that is collected, by the name under which it is rated."""
    return {"metrics": _metrics(call)}


@API.get("/metrics/{metric_name}", "/services/{metric_name}", rule="info:get_metric_info")
def metric(call: RatingCall, metric_name: Text) -> Json:
    """One metric, by the name under which it is rated."""
    for found in _metrics(call):
        if found["metric_id"] == metric_name:
            return found
    raise FaultError(metric_name, 404)


def _metrics(call: RatingCall) -> list[Json]:
    documents = _documents(call)
    if not documents:
        raise FaultError("Invalid endpoint: no metrics in current configuration.", 405)
    found = {str(metric["metric_id"]): metric for document in documents for metric in _of_document(document)}
    return sorted(found.values(), key=lambda metric: str(metric["metric_id"]))


def _of_document(document: Mapping[str, Any]) -> Iterator[Json]:
    for name, given in document.items():
        for entry in given if isinstance(given, list) else [given]:
            yield {
                "metric_id": entry.get("alt_name") or name,
                "metadata": list(entry.get("metadata") or []),
                "unit": entry["unit"],
            }


def _documents(call: RatingCall) -> list[Mapping[str, Any]]:
    """The ``metrics`` of every source that says what it collects."""
    with call.database.read() as session:
        of_tenant = select(MeteringSource).where(MeteringSource.tenant_id == call.tenant)
        sources = session.scalars(of_tenant.order_by(MeteringSource.name)).all()
    return [source.options["metrics"] for source in sources if source.options.get("metrics")]
