"""Where deliveries lie: a local file or folder, or an S3 prefix. A store lists entries and fetches those that are
wanted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Protocol

from tallystick.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class Entry:
    """A file at an address, not necessarily fetched."""

    name: str
    """Relative to the address, as the user knows it."""
    address: PurePosixPath
    """The whole path, or bucket and key."""
    size: int
    modified: datetime

    @property
    def folders(self) -> tuple[str, ...]:
        """The names of the folders that hold it, from the root."""
        return self.address.parts[:-1]


class Store(Protocol):
    """A place that holds files."""

    def entries(self) -> list[Entry]:
        """Everything at the address. Raises NotFoundError when there is nothing."""

    def fetch(self, entry: Entry) -> Path:
        """A local path of the entry's bytes."""


class LocalStore:
    """A file or folder on this machine. Links to files are followed, links to folders are not."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().resolve()

    def entries(self) -> list[Entry]:
        """The file itself, or the files below the folder."""
        if self.path.is_file():
            return [self._entry(self.path, self.path.name)]
        if not self.path.is_dir():
            raise NotFoundError(f"there is no file or folder {self.path}")
        return [self._entry(path, path.relative_to(self.path).as_posix()) for path in self._files()]

    def fetch(self, entry: Entry) -> Path:
        """The file where it lies."""
        return Path(entry.address)

    def _files(self) -> Iterator[Path]:
        for path in sorted(self.path.rglob("*")):
            hidden = any(part.startswith((".", "_")) for part in path.relative_to(self.path).parts)
            if not hidden and path.is_file():
                yield path

    def _entry(self, path: Path, name: str) -> Entry:
        facts = path.stat()
        return Entry(name, PurePosixPath(path), facts.st_size, datetime.fromtimestamp(facts.st_mtime, UTC))
