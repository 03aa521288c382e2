"""Where deliveries lie: a store lists entries, and fetches those that are wanted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Protocol

from tallystick.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class ObjectVersion:
    """An object as it stands in an object store: whoever has the same version has the same bytes."""

    address: str
    tag: str
    """What the store calls its state: S3's ETag."""
    size: int


class Known(Protocol):
    """What remembers the objects that were fetched before."""

    def find(self, version: ObjectVersion) -> Path | None:
        """A local copy of an object's bytes, if there is one."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in a store, not necessarily fetched."""

    name: str
    """Relative to the address, as the user knows it."""
    address: PurePosixPath
    """Where it lies: the whole path, or bucket and key."""
    size: int
    modified: datetime
    version: ObjectVersion | None = None
    """Of an object; files have none."""

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


def is_hidden(parts: tuple[str, ...]) -> bool:
    """Whether a relative path is another program's own: ``.DS_Store``, ``_SUCCESS``, ``_delta_log/...``."""
    return any(part.startswith((".", "_")) for part in parts)


class LocalStore:
    """A file or folder on this machine. Links to files are followed, links to folders are not.

    ``shown_as`` and ``lies_in`` say where an unpacked archive stands in for: its name, and the folders that hold it.
    """

    def __init__(self, path: Path, *, shown_as: str = "", lies_in: tuple[str, ...] | None = None) -> None:
        self.path = path.expanduser().resolve()
        self.shown_as = PurePosixPath(shown_as)
        self.lies_in = PurePosixPath(*lies_in, self.shown_as.name) if lies_in is not None else None
        self._paths: dict[Entry, Path] = {}

    def entries(self) -> list[Entry]:
        """The file itself, or the files below the folder."""
        if self.path.is_file():
            return [self._entry(self.path, PurePosixPath(self.path.name))]
        if not self.path.is_dir():
            raise NotFoundError(f"there is no file or folder {self.path}")
        return [self._entry(path, PurePosixPath(path.relative_to(self.path))) for path in self._files()]

    def fetch(self, entry: Entry) -> Path:
        """The file where it lies."""
        return self._paths[entry]

    def _files(self) -> Iterator[Path]:
        for path in sorted(self.path.rglob("*")):
            if not is_hidden(path.relative_to(self.path).parts) and path.is_file():
                yield path

    def _entry(self, path: Path, relative: PurePosixPath) -> Entry:
        facts = path.stat()
        address = self.lies_in / relative if self.lies_in else PurePosixPath(path)
        modified = datetime.fromtimestamp(facts.st_mtime, UTC)
        entry = Entry(str(self.shown_as / relative), address, facts.st_size, modified)
        self._paths[entry] = path
        return entry
