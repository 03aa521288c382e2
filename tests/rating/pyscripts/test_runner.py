"""What scripts are given, what they may give back, and what becomes of points that a script fails on."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from scripted import DAY, LIMITS, Made, rated, script

HALVES = """
for metric, points in data["usage"].items():
    for point in points:
        point["rating"]["price"] = point["vol"]["qty"] / 2
"""


def test_a_script_changes_prices(tmp_path: Path) -> None:
    rows, problems = rated(tmp_path, [Made(qty="3", price="7"), Made(metric="volume", qty="0.5")], HALVES)
    assert [(row["metric"], row["qty"], row["price"]) for row in rows] == [
        ("instance", Decimal(3), Decimal("1.5")),
        ("volume", Decimal("0.5"), Decimal("0.25")),
    ]
    assert problems == ()


@pytest.mark.parametrize(
    "end", ["return", "return 0", "if metric:\n    try:\n        return\n    finally:\n        pass"]
)
def test_a_return_at_the_top_level_ends_the_script(tmp_path: Path, end: str) -> None:
    rows, problems = rated(tmp_path, [Made(qty="3", price="7")], f"{HALVES}{end}\nraise ValueError")
    assert [row["price"] for row in rows] == [Decimal("1.5")]
    assert problems == ()


def test_what_a_script_does_not_touch_stays(tmp_path: Path) -> None:
    points = [Made(qty="123456789012.000000000000000001", price="-0.1", metadata=None), Made(metric="volume", hour=3)]
    rows, _ = rated(tmp_path, points, "pass")
    assert [row["qty"] for row in rows] == [Decimal("123456789012.000000000000000001"), 2]
    assert rows[0]["price"] == Decimal("-0.1")
    assert [(row["x_file_id"], row["x_row_number"], row["description"]) for row in rows] == [
        ("file", 1, "point 1"),
        ("file", 2, "point 2"),
    ]
    assert [row["metadata"] for row in rows] == [None, {"flavor": "small"}]
    assert rows[1]["period_start"] == DAY.replace(tzinfo=None) + timedelta(hours=3)
    assert rows[1]["resource_id"] == "vm-1"


GIVEN = """
point, = data["usage"]["instance"]
seen = [sorted(globals()), sorted(data), sorted(point), point["vol"], point["rating"], point["metadata"],
        point["groupby"], data["period"]["begin"].isoformat(), data["period"]["end"].isoformat()]
point["metadata"]["seen"] = repr(seen)
"""


def test_what_a_script_is_given(tmp_path: Path) -> None:
    rows, _ = rated(tmp_path, [Made(qty="2.50", hour=1)], GIVEN)
    tags = "'week_of_the_year': '01', 'day_of_the_year': '5', 'month': '1', 'year': '2026'"
    assert rows[0]["metadata"]["seen"] == (
        "[['__builtins__', 'data', 'point'], ['period', 'usage'], ['groupby', 'metadata', 'rating', 'vol'],"
        " {'unit': 'instance', 'qty': Decimal('2.5')}, {'price': Decimal('0')}, {'flavor': 'small'},"
        f" {{{tags}, 'id': 'vm-1'}}, '2026-01-05T01:00:00+00:00', '2026-01-05T02:00:00+00:00']"
    )
    assert rows[0]["groupby"] == {"id": "vm-1"}, "the date tags follow from the period and are not stored"


def test_what_is_done_to_a_point_is_done_to_no_other(tmp_path: Path) -> None:
    data = """
first = data["usage"]["instance"][0]
first["groupby"]["only"] = first["metadata"]["only"] = str(data["period"]["begin"].hour)
first["vol"]["unit"], first["vol"]["qty"], first["rating"]["price"] = "own", 5, 7
"""
    rows, _ = rated(tmp_path, [Made(scope=scope, hour=hour) for scope in "ab" for hour in range(2) for _ in "12"], data)
    same, flavor = {"id": "vm-1"}, {"flavor": "small"}
    for hour, first, second in zip((0, 1, 0, 1), rows[::2], rows[1::2], strict=True):
        own = {"only": str(hour)}
        assert (first["groupby"], first["metadata"]) == (same | own, flavor | own)
        assert (first["unit"], first["qty"], first["price"]) == ("own", 5, 7)
        assert (second["groupby"], second["metadata"]) == (same, flavor)
        assert (second["unit"], second["qty"], second["price"]) == ("instance", 2, 0)


def test_points_of_no_unit_are_rated(tmp_path: Path) -> None:
    data = "point, = data['usage']['instance']; point['rating']['price'] = len(point['vol']['unit'])"
    (row,), problems = rated(tmp_path, [Made(unit=None)], data)
    assert (row["unit"], row["price"], problems) == (None, len("undefined"), ())


ADDS = """
data = {"period": data["period"], "usage": {**data["usage"], "support": [
    {"vol": {"unit": "", "qty": 1.1}, "rating": {"price": "12"}, "groupby": {"id": 7, "none": None}, "metadata": {}},
    {"vol": {"unit": "hour", "qty": 3}, "groupby": (("id", "b"),), "metadata": {"ok": True}},
]}}
"""


def test_a_script_adds_points_of_a_new_metric(tmp_path: Path) -> None:
    rows, problems = rated(tmp_path, [Made()], ADDS)
    assert problems == ()
    assert [row["metric"] for row in rows] == ["instance", "support", "support"]
    first, second = rows[1:]
    assert (first["unit"], first["qty"], first["price"]) == ("undefined", Decimal("1.1"), Decimal(12))
    assert (first["groupby"], first["metadata"], first["resource_id"]) == ({"id": "7", "none": "None"}, None, "7")
    assert (second["qty"], second["price"], second["metadata"]) == (3, 0, {"ok": "True"})
    assert (first["x_file_id"], first["x_row_number"], first["description"]) == (None, None, None)
    assert (first["x_source_id"], first["scope_id"]) == ("cloudkitty", "alpha")


def test_a_script_removes_and_moves_points(tmp_path: Path) -> None:
    data = "usage = data['usage']; usage['b'] = usage.pop('a')[::-1][:2]; data['usage']['z'] = []"
    rows, _ = rated(tmp_path, [Made(metric="a", qty=str(n)) for n in range(1, 4)], data)
    assert [(row["metric"], row["qty"], row["x_row_number"]) for row in rows] == [("b", 3, 3), ("b", 2, 2)]


def test_equal_attributes_are_one_dimension_set(tmp_path: Path) -> None:
    points = [Made(groupby={"a": "1", "id": "x"}), Made(groupby={"id": "x"}), Made(groupby={"id": "x"}, metadata={})]
    rows, _ = rated(tmp_path, points, "data['usage']['instance'][1]['groupby'].update(a='1')")
    sets = [row["x_dimension_set_id"] for row in rows]
    assert sets[0] == sets[1] != sets[2]


@pytest.mark.parametrize(
    ("price", "stored"),
    [
        ("Decimal(1) / 3", "0.333333333333333333"),
        ("Decimal(2) / 3", "0.666666666666666667"),
        ("Decimal('-0.0000000000000000005')", "-0.000000000000000001"),
        ("Decimal('0.00000000000000000049')", "0"),
        ("Decimal('1E+3')", "1000"),
        ("Decimal('1E-999')", "0"),
        ("Decimal('99999999999999999999.999999999999999999')", "99999999999999999999.999999999999999999"),
        ("0.1", "0.1"),
        ("1e-7", "0.0000001"),
        ("True", None),
        ("'4.50'", "4.5"),
    ],
)
def test_prices_are_decimals_of_18_places(tmp_path: Path, price: str, stored: str | None) -> None:
    data = f"from decimal import Decimal\ndata['usage']['instance'][0]['rating']['price'] = {price}"
    rows, problems = rated(tmp_path, [Made()], data)
    assert bool(problems) == (stored is None)
    assert rows[0]["price"] == Decimal(stored or 0)


@pytest.mark.parametrize(
    ("data", "line", "reason"),
    [
        ("x = 1\n\n1 / 0", 3, "ZeroDivisionError: division by zero"),
        ("def f():\n    raise KeyError('k')\nf()", 2, "KeyError: 'k'"),
        ("import sys\nsys.exit(3)", 2, "SystemExit: 3"),
        ("raise KeyboardInterrupt", 1, "KeyboardInterrupt"),
        ("data = None", None, "data is of type NoneType, not a dict"),
        ("del data", None, "data is of type NoneType, not a dict"),
        ("data['extra'] = 1", None, "data may not have 'extra'"),
        ("del data['usage']", None, "data lacks 'usage'"),
        ("data['usage'] = []", None, "data['usage'] is of type list, not a dict"),
        ("data['usage'][3] = []", None, "data['usage'] has a key that is no text"),
        ("data['usage']['x'] = None", None, "data['usage']['x'] is of type NoneType, not a list"),
        ("data['usage']['x'] = [1]", None, "data['usage']['x'][0] is of type int, not a dict"),
        ("data['usage']['instance'][0]['desc'] = {}", None, "data['usage']['instance'][0] may not have 'desc'"),
        ("data['usage']['instance'][0]['vol']['unit'] = 3", None, "['vol']['unit'] is of type int, not text"),
        ("data['usage']['instance'][0]['vol']['qty'] = 'many'", None, "['vol']['qty'] is no number: 'many'"),
        ("data['usage']['instance'][0]['rating']['price'] = float('nan')", None, "does not fit"),
        ("data['usage']['instance'][0]['rating']['price'] = 10 ** 20", None, "does not fit"),
        ("data['usage']['instance'][0]['groupby'] = 3", None, "['groupby'] is of type int, not a dict"),
        ("data['period']['begin'] = 'soon'", None, "data['period']['begin'] is no date: 'soon'"),
        ("data['period']['begin'] = '2026-01-06T00:00:00'", None, "2026-01-06T00:00:00+00:00 is in another day (UTC)"),
        ("data['period']['end'] = '2026-01-04'", None, "the end is before the begin"),
        ("data['usage']['instance'][0]['metadata']['x'] = '\\ud800'", None, "surrogates not allowed"),
    ],
)
def test_a_script_that_fails_leaves_its_frame_as_it_was(
    tmp_path: Path, data: str, line: int | None, reason: str
) -> None:
    rows, (problem,) = rated(tmp_path, [Made(price="5")], HALVES, script(data, "bad", 1))
    assert [(row["price"], row["x_row_number"], row["groupby"]) for row in rows] == [(5, 1, {"id": "vm-1"})]
    assert reason in problem.reason
    assert (problem.line, problem.scope_id, problem.period_start) == (line, "alpha", DAY)
    assert problem.by in ("bad", "")


def test_other_scopes_and_periods_go_on(tmp_path: Path) -> None:
    fails = "if any(point['vol']['qty'] == 13 for point in data['usage']['instance']):\n    raise ValueError('13')"
    points = [
        Made(hour=h, scope=s, qty="13" if (h, s) == (1, "beta") else "4") for h in range(3) for s in "ab beta".split()
    ]
    rows, problems = rated(tmp_path, points, HALVES, script(fails, "fears 13", 1))
    assert [(row["scope_id"], row["price"]) for row in rows] == [
        *(("ab", 2), ("ab", 2), ("ab", 2)),
        *(("beta", 2), ("beta", 0), ("beta", 2)),
    ]
    assert [str(problem) for problem in problems] == [
        "fears 13, line 2: ValueError: 13 (scope beta, period 2026-01-05T01:00:00+00:00)"
    ]


@pytest.mark.parametrize("data", ["while True: pass", "while True:\n  try:\n    1\n  except Exception: pass"])
def test_a_script_without_end_is_ended(tmp_path: Path, data: str) -> None:
    data = f"if data['usage']['instance'][0]['vol']['qty'] == 13:\n  exec({data!r})\n{HALVES}"
    limits = replace(LIMITS, cpu_seconds=0.2)
    rows, (problem,) = rated(tmp_path, [Made(), Made(hour=1, qty="13"), Made(hour=2)], data, limits=limits)
    assert [row["price"] for row in rows] == [1, 0, 1]
    assert problem.reason == "more than 0.2 s of CPU time for one period"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        ("import time\ntime.sleep(60)", "no end after 0.5 s"),
        ("import signal\nsignal.signal(signal.SIGPROF, signal.SIG_IGN)\nwhile True: pass", "no end after 0.5 s"),
        ("import os\nos._exit(7)", "it ended itself with 7"),
        ("import os\nos.write(1, b'x' * 99)", "it answered with something else"),
        ("import os\nos.write(1, b'points 99999999999999\\n')", "it answered with something else"),
        ("import os\nos.write(1, b'problem 2\\n{}')", "it answered with something else"),
    ],
)
def test_a_process_that_is_lost_is_replaced(tmp_path: Path, data: str, reason: str) -> None:
    data = f"{HALVES}\nif data['usage']['instance'][0]['vol']['qty'] == 13:\n  exec({data!r})"
    limits = replace(LIMITS, wall_seconds=0.5, cpu_seconds=30)
    rows, problems = rated(tmp_path, [Made(), Made(hour=1, qty="13"), Made(hour=2)], data, limits=limits)
    assert [row["price"] for row in rows] == [1, 0, 1]
    assert [problem.reason for problem in problems] == [reason]


@pytest.mark.parametrize(
    "answer",
    [
        "abc",
        '{"n": 0, "i": 0, "b": "2026-01-05T00:00:00", "e": "2026-01-05T01:00:00", "o": [1]}',
        '{"n": 0, "i": 0, "b": "2026-01-05T00:00:00", "e": "2026-01-05T01:00:00", "o": [null], "m": ["a"], "q": ["1"]}',
    ],
    ids=["no JSON", "a point of another frame", "half a point"],
)
def test_a_forged_answer_is_not_believed(tmp_path: Path, answer: str) -> None:
    data = f"{HALVES}\nimport os\nos.write(1, b'points %d\\n%s\\n' % ({len(answer) + 1}, {answer.encode()!r}))"
    rows, problems = rated(tmp_path, [Made(), Made(hour=1)], data)
    assert [row["price"] for row in rows] == [0, 0]
    assert [problem.reason for problem in problems] == ["it answered with something else"] * 2


def test_scripts_that_never_end_are_given_up(tmp_path: Path) -> None:
    limits = replace(LIMITS, cpu_seconds=0.05, stops=2)
    rows, problems = rated(
        tmp_path, [Made(hour=hour, price="1") for hour in range(4)], "while True: pass", limits=limits
    )
    assert [row["price"] for row in rows] == [1] * 4
    assert [problem.reason for problem in problems] == [
        *["more than 0.05 s of CPU time for one period"] * 2,
        *["not tried: scripts were stopped 2 times before"] * 2,
    ]


def test_memory_is_bounded(tmp_path: Path) -> None:
    rows, (problem,) = rated(tmp_path, [Made(price="1")], "data['big'] = 'x' * (2 << 30)")
    assert (rows[0]["price"], problem.line, problem.reason) == (1, 1, "MemoryError")


def test_scripts_run_as_they_were_made_and_when_they_count(tmp_path: Path) -> None:
    add = "for p in data['usage']['instance']: p['metadata']['ran'] = p['metadata'].get('ran', '') + {!r}"
    scripts = [
        script(add.format("c"), "c", 3),
        script(add.format("b"), "b", 2, begin=DAY + timedelta(hours=1)),
        script(add.format("a"), "a", 1, begin=DAY, end=DAY + timedelta(hours=2)),
    ]
    rows, _ = rated(tmp_path, [Made(hour=hour) for hour in range(3)], *scripts)
    assert [row["metadata"]["ran"] for row in rows] == ["ac", "abc", "bc"]


def test_a_script_that_no_longer_compiles_is_a_problem_of_every_frame(tmp_path: Path) -> None:
    rows, problems = rated(tmp_path, [Made(), Made(hour=1)], "x = 1\nif:")
    assert [(problem.line, problem.reason.partition(":")[0]) for problem in problems] == [(2, "SyntaxError")] * 2
    assert len(rows) == 2


def test_no_points_give_none(tmp_path: Path) -> None:
    assert rated(tmp_path, [], HALVES) == ([], ())


def test_the_same_gives_the_same_bytes(tmp_path: Path) -> None:
    points = [Made(hour=hour, scope=f"s{n}", qty=str(n)) for hour in range(24) for n in range(40)]
    data = "for p in data['usage']['instance']: p['metadata'].update({k: 'x' for k in {'a', 'b', 'c'}})"
    written = []
    for number in range(2):
        folder = tmp_path / str(number)
        folder.mkdir()
        rated(folder, points, data)
        written.append((folder / "target.parquet").read_bytes())
    assert written[0] == written[1]


def test_a_frame_of_any_size_passes(tmp_path: Path) -> None:
    points = [Made(qty=str(n), metadata={"note": "ä" * 200}) for n in range(20_000)]
    rows, problems = rated(tmp_path, points, HALVES, limits=replace(LIMITS, cpu_seconds=60, wall_seconds=60))
    assert problems == ()
    assert sum(row["price"] for row in rows) == sum(range(20_000)) / 2
