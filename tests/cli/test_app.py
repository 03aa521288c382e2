"""Starting, errors and exit codes."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tallystick.cli import app as app_module
from tallystick.cli.app import app, main
from tallystick.cli.complaints import describe
from tallystick.errors import ConflictError, Place, QueryError, RefusedError, TallyError

HEAVY = "duckdb", "pyarrow", "sqlalchemy", "pydantic", "rich", "structlog", "fastapi", "sqlglot", "pyiceberg"


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; from tallystick.cli.app import app; app(['--help'], standalone_mode=False);"
        f"sys.exit(', '.join(name for name in {HEAVY!r} if name in sys.modules) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    for command in ("ingest", "report", "explain", "reconcile", "sql", "serve", "deliveries"):
        assert f"  {command} " in done.stdout


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (RefusedError(Place("a.csv", 3, "lineItem/UnblendedCost"), "'x' is not a number"),
         "a.csv, row 3, column lineItem/UnblendedCost: 'x' is not a number"),
        (QueryError({"filter": {"foo": ["Unsupported parameter or invalid value"]}}),
         "filter[foo]: Unsupported parameter or invalid value"),
        (QueryError({"a": ["x", "y"], "error": "z"}), "a: x; a: y; error: z"),
    ],
)  # fmt: skip
def test_describe(error: TallyError, text: str) -> None:
    assert describe(error) == text


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (ConflictError("another process holds the lease"), 1, "error: another process holds the lease\n"),
        (QueryError({"delta": ["no"]}), 2, "error: delta: no\n"),
        (ZeroDivisionError("oops"), 70, "error: ZeroDivisionError: oops\nThis is a defect of Tallystick"),
    ],
)
def test_an_error_is_one_line_and_an_exit_code(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    code: int,
    said: str,
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.delenv("TALLY_DEBUG", raising=False)
    monkeypatch.setattr(app_module, "app", fail)
    assert main() == code
    captured = capsys.readouterr()
    assert captured.err.startswith(said)
    assert "Traceback" not in captured.err
    monkeypatch.setenv("TALLY_DEBUG", "1")
    main()
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["ingets"],
        ["report", "aws"],
        ["close", "August", "--source", "a"],
        ["report", "aws", "costs", "--format", "xml"],
        ["explain", "aws", "costs", "--day", "2026-08-01", "--from", "2026-08-01"],
    ],
)
def test_wrong_usage_exits_with_2_and_makes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    monkeypatch.setenv("TALLY_HOME", str(tmp_path / "home"))
    with pytest.raises(SystemExit) as caught:
        app(arguments)
    assert caught.value.code == 2
    assert "Error: " in capsys.readouterr().err
    assert not (tmp_path / "home").exists()
