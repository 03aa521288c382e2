"""What Prometheus's answers and errors mean, over a transport that answers as it is told."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from tallystick.errors import ConfigError, TallyError, UnavailableError
from tallystick.sources.metering import prometheus_api
from tallystick.sources.metering.metrics_conf import read_metrics
from tallystick.sources.metering.options import PrometheusFetcherOptions, PrometheusOptions
from tallystick.sources.metering.parts import BadQueryError, TooMuchError, UnansweredError
from tallystick.sources.metering.prometheus import PrometheusCollector, PrometheusFetcher
from tallystick.sources.metering.prometheus_api import Answered, PrometheusApi, PrometheusHttp

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


class Told:
    """Answers what it is told to, and remembers what it was asked."""

    has_ranges = True

    def __init__(self, answer: Callable[[Mapping[str, str]], tuple[int, object]]) -> None:
        self._answer = answer
        self.asked: list[Mapping[str, str]] = []

    def fits(self, query: str) -> bool:
        return len(query) < 500

    def send(self, path: str, parameters: Mapping[str, str]) -> requests.Response:
        self.asked.append({"path": path} | dict(parameters))
        status, body = self._answer(parameters)
        response = requests.Response()
        response.status_code, response.url = status, "http://prometheus/api"
        response.raw = io.BytesIO(body if isinstance(body, bytes) else json.dumps(body).encode())
        return response


def _matrix(*series: tuple[Mapping[str, str], list[tuple[float, str]]]) -> dict[str, Any]:
    result = [{"metric": labels, "values": values} for labels, values in series]
    return {"status": "success", "data": {"resultType": "matrix", "result": result}}


def _error(kind: str, text: str = "no") -> dict[str, str]:
    return {"status": "error", "errorType": kind, "error": text}


def test_answers_keep_the_text_of_values() -> None:
    told = Told(lambda _: (200, _matrix(({"id": "1"}, [(7200, "0.30000000000000004")]))))
    assert PrometheusApi(told).over("q", range(7200, 10801, 3600)) == [
        Answered({"id": "1"}, [[7200, "0.30000000000000004"]])  # type: ignore[list-item]
    ]
    assert told.asked == [{"path": "query_range", "query": "q", "start": "7200", "end": "10800", "step": "3600"}]


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (422, _error("execution", "it would load too many samples into memory"), TooMuchError("too many")),
        (503, _error("timeout", "query timed out"), TooMuchError("timeout: query timed out")),
        (413, b"<html>", TooMuchError("413")),
        (422, _error("execution", "found duplicate series"), BadQueryError("execution: found", inherent=False)),
        (400, _error("bad_data", "parse error"), BadQueryError("bad_data: parse error", inherent=True)),
        (500, _error("internal"), UnavailableError("internal: no")),
        (401, b"Unauthorized", UnavailableError("the server answers 401, and not as Prometheus does: Unauthorized")),
        (200, b"<html>\n <p>hello", UnavailableError("not as Prometheus does: <html> <p>hello")),
        (200, [1], UnavailableError("not as Prometheus does")),
        (200, _matrix() | {"warnings": ["remote read failed"]}, UnavailableError("complete: remote read failed")),
        (200, {"status": "success", "data": {"resultType": "scalar"}}, BadQueryError("scalar", inherent=True)),
    ],
)
def test_errors_are_told_apart(status: int, body: object, error: TallyError) -> None:
    with pytest.raises(type(error), match=str(error).replace("+", ".")) as raised:
        PrometheusApi(Told(lambda _: (status, body))).at("q")
    assert type(raised.value) is type(error)
    assert getattr(raised.value, "inherent", None) == getattr(error, "inherent", None)


def test_notes_on_the_query_are_no_reason_to_refuse_its_answer() -> None:
    told = Told(lambda _: (200, _matrix() | {"warnings": ["PromQL info: it might not be a counter"]}))
    assert PrometheusApi(told).at("q") == []


def test_an_answer_above_the_limit_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prometheus_api, "MAX_BYTES", 10)
    with pytest.raises(TooMuchError, match="more than 10 bytes"):
        PrometheusApi(Told(lambda _: (200, _matrix()))).at("q")


def _collector(told: Told) -> PrometheusCollector:
    return PrometheusCollector(PrometheusApi(told), "scope")


(METRIC,) = read_metrics("metrics: {vm: {unit: u}}", collector="prometheus", scope_key="scope")


def test_a_server_that_is_down_is_asked_once() -> None:
    told = Told(lambda _: (500, b"down"))
    scopes = [f"scope {number}" for number in range(3_000)]
    collected = _collector(told).collect(METRIC, scopes, BEGIN, BEGIN + 100 * HOUR, HOUR)
    assert len(told.asked) == 1
    assert set(collected.problems) == set(scopes)


def test_one_scope_that_cannot_be_answered_holds_up_no_other() -> None:
    def answer(parameters: Mapping[str, str]) -> tuple[int, object]:
        if "bad" in parameters["query"]:
            return 422, _error("execution", "found duplicate series")
        moment = int(parameters["start"])
        return 200, _matrix(*(({"scope": s}, [(moment, "1")]) for s in "abcd" if f'"{s}' in parameters["query"]))

    collected = _collector(Told(answer)).collect(METRIC, ["a", "bad", "c", "d"], BEGIN, BEGIN + HOUR, HOUR)
    assert collected.problems == {"bad": "execution: found duplicate series"}
    assert collected.points["scope_id"].to_pylist() == ["a", "c"]


def test_a_server_that_hangs_is_not_asked_for_ever() -> None:
    def hang(_: Mapping[str, str]) -> tuple[int, object]:
        raise UnansweredError("it did not answer in time")

    told = Told(hang)
    collected = _collector(told).collect(METRIC, ["a", "b", "c", "d"], BEGIN, BEGIN + 24 * HOUR, HOUR)
    assert len(told.asked) == 3
    assert set(collected.problems) == set("abcd")


def test_points_lie_in_the_period_that_ends_when_it_is_asked_for() -> None:
    told = Told(lambda given: (200, _matrix(({"scope": "a"}, [(int(given["start"]), "2.5")]))))
    (row,) = _collector(told).collect(METRIC, ["a"], BEGIN, BEGIN + HOUR, HOUR).points.to_pylist()
    assert (row["begin"], row["end"], str(row["qty"])) == (BEGIN, BEGIN + HOUR, "2.500000000000000000")
    assert (row["groupby"], row["metadata"]) == ([("scope", "a")], [])


@pytest.mark.parametrize(("hours", "minutes"), [(1, 30), (0, 1)])
def test_a_range_is_made_of_whole_periods(hours: int, minutes: int) -> None:
    told = Told(lambda _: (200, _matrix()))
    with pytest.raises(ValueError, match="is not made of periods"):
        _collector(told).collect(METRIC, ["a"], BEGIN, BEGIN + timedelta(hours=hours, minutes=minutes), HOUR)


def test_the_fetcher_filters_by_escaped_values_and_leaves_out_what_is_of_no_scope() -> None:
    result = [{"metric": {"project_id": scope}, "value": [1, "1"]} for scope in "ba"] + [
        {"metric": {}, "value": [1, "1"]}
    ]
    told = Told(lambda _: (200, {"status": "success", "data": {"resultType": "vector", "result": result}}))
    options = PrometheusFetcherOptions(metric="vm", filters={"a": 'b"', "c": "d"})
    assert PrometheusFetcher(PrometheusApi(told), options).scopes() == ["a", "b"]
    assert told.asked == [{"path": "query", "query": 'max(vm{a="b\\"", c="d"}) by (project_id)'}]


def test_a_fetcher_that_gets_no_answer_says_so() -> None:
    told = Told(lambda _: (400, _error("bad_data")))
    with pytest.raises(UnavailableError, match="does not tell the scopes: bad_data: no"):
        PrometheusFetcher(PrometheusApi(told), PrometheusFetcherOptions(metric="vm")).scopes()


def test_a_url_is_needed() -> None:
    with pytest.raises(ConfigError, match=r"\[collector_prometheus\] prometheus_url: '' is no http"):
        PrometheusHttp(PrometheusOptions(), "collector_prometheus")


def test_a_server_that_is_not_there_is_unavailable() -> None:
    transport = PrometheusHttp(PrometheusOptions(prometheus_url="http://127.0.0.1:9/api/v1"), "collector_prometheus")
    with pytest.raises(UnavailableError, match=r"127\.0\.0\.1:9/api/v1 does not answer"):
        PrometheusApi(transport).at("q")
