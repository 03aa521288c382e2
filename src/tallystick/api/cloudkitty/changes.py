"""Changes of rating: written, and then followed by the tables."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session

from tallystick.api.cloudkitty.call import RatingCall


@contextmanager
def change(call: RatingCall) -> Iterator[Session]:
    """A transaction after which what it makes stale is derived again, behind the answer."""
    with call.database.write() as session:
        yield session
    call.service.derivations.order()
