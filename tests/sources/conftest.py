"""Fixtures that read delivered files as the planner does."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from sources.delivered import Reader, Row, csv_text, write


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    """Reads delivered files."""
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    return Reader(workspace)


@pytest.fixture
def aws(reader: Reader, tmp_path: Path) -> Callable[..., list[Row]]:
    """Charges of rows delivered as one legacy CSV file."""

    def read(*rows: Mapping[str, str], columns: Sequence[str] | None = None) -> list[Row]:
        return reader.rows("aws", write(tmp_path / "bill.csv", csv_text(rows, columns)))

    return read


@pytest.fixture
def focus(reader: Reader, tmp_path: Path) -> Callable[..., list[Row]]:
    """Charges of rows delivered as one FOCUS CSV file."""

    def read(*rows: Mapping[str, str], columns: Sequence[str] | None = None) -> list[Row]:
        return reader.rows("focus", write(tmp_path / "focus.csv", csv_text(rows, columns)))

    return read
