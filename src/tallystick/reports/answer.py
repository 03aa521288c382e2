"""An answer: the document that the API gives, and the same as flat rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from tallystick.reports.question import Paging

FlatRow = dict[str, object]


@dataclass(frozen=True)
class Answer:
    """The answer to one question."""

    body: dict[str, object]
    """``meta``, ``links`` and ``data``; numbers are exact decimals."""
    paging: Paging
    make_rows: Callable[[], list[FlatRow]]

    @cached_property
    def rows(self) -> list[FlatRow]:
        """One flat row per bottom row of the document, all of them, before any paging.

        Asks the session again where the document shows a page of dates only, so it must still be open.
        """
        return self.make_rows()

    @property
    def page_of_rows(self) -> list[FlatRow]:
        """The rows that ``limit`` and ``offset`` choose when they count rows, as they do in CSV."""
        end = self.paging.offset + self.paging.limit if self.paging.limit else None
        return self.rows[self.paging.offset : end]
