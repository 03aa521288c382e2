"""Where files lie: below a local folder, or in an object store.

A file is known by its name, a relative path with slashes. It is written once, appears complete or not at all, and is
never changed. Whoever reads gets it as a local file: below a local folder the file where it lies, of an object store
a copy in a cache that stays until the reading is closed.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, Self

from tallystick.errors import NotFoundError


@dataclass(frozen=True, slots=True)
class Stored:
    """A file in a storage."""

    name: str
    size: int
    modified: datetime


class Reading(Protocol):
    """Local files that stay where they are until it is closed."""

    @property
    def folder(self) -> Path:
        """The folder below which they lie."""

    def local(self, names: Iterable[str]) -> list[Path]:
        """The local files of these names, in their order. Raises NotFoundError for one that is not there."""

    def close(self) -> None:
        """Let them go. Closing twice is no error."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class Storage(Protocol):
    """A place that holds files under names. Thread-safe. What fails is a TallyError that names the address."""

    def uri(self, name: str) -> str:
        """The address of a file, as tables name it."""

    def name(self, uri: str) -> str:
        """The name of the file at an address of this storage (the inverse of :meth:`uri`)."""

    def exists(self, name: str) -> bool:
        """Whether a file is there."""

    def children(self, folders: Iterable[str]) -> Mapping[str, Sequence[Stored]]:
        """The files that lie directly in each of some folders; none in a folder that is not there."""

    def size(self, name: str) -> int:
        """The bytes of a file. Raises NotFoundError when it is not there."""

    def sha256(self, name: str) -> str:
        """The SHA-256 of what is stored, in hexadecimal. Raises NotFoundError when it is not there."""

    def list(self, folder: str) -> Iterator[Stored]:
        """Every file below a folder, subfolders included, as they are found; none when there is no such folder."""

    def read(self, name: str) -> bytes:
        """The content of a small file. Raises NotFoundError when it is not there."""

    def writing(self, name: str) -> AbstractContextManager[Path]:
        """Where to write a new file: it takes its name when the block ends, and is dropped on an exception."""

    def remove(self, name: str) -> None:
        """Remove a file; it is no error when it is gone already."""

    def reading(self) -> Reading:
        """The way to files as local ones."""

    def below(self, folder: str) -> Storage:
        """The storage of a folder."""

    @property
    def io_properties(self) -> Mapping[str, str]:
        """By which Iceberg's own file access reaches this storage."""


@dataclass(frozen=True, slots=True)
class LocalReading:
    """Files of a local folder, where they lie."""

    folder: Path

    def local(self, names: Iterable[str]) -> list[Path]:
        """The files themselves."""
        return [self.folder / name for name in names]

    def close(self) -> None:
        """Nothing is held."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is held."""


@dataclass(frozen=True, slots=True)
class LocalStorage:
    """Files below a folder of this machine."""

    folder: Path

    def uri(self, name: str) -> str:
        """``file://`` and the path as it is: Iceberg does not decode it."""
        return f"file://{self.folder / name}"

    def name(self, uri: str) -> str:
        """The path below the folder."""
        return Path(uri.removeprefix("file://")).relative_to(self.folder).as_posix()

    def exists(self, name: str) -> bool:
        """Whether it is a file now."""
        return (self.folder / name).is_file()

    def children(self, folders: Iterable[str]) -> Mapping[str, Sequence[Stored]]:
        """The files of each folder."""
        return {folder: self._files((self.folder / folder).glob("*")) for folder in folders}

    def _files(self, paths: Iterable[Path]) -> Sequence[Stored]:
        return [
            Stored(path.relative_to(self.folder).as_posix(), facts.st_size, datetime.fromtimestamp(facts.st_mtime, UTC))
            for path in paths
            if path.is_file() and (facts := path.stat())
        ]

    def size(self, name: str) -> int:
        """The bytes of a file."""
        with _found(self.folder / name) as path:
            return path.stat().st_size

    def sha256(self, name: str) -> str:
        """The hash of a file."""
        with _found(self.folder / name) as path:
            return hash_file(path)

    def list(self, folder: str) -> Iterator[Stored]:
        """Every file below a folder."""
        for path in (self.folder / folder).rglob("*"):
            yield from self._files([path])

    def read(self, name: str) -> bytes:
        """The content of a file."""
        with _found(self.folder / name) as path:
            return path.read_bytes()

    @contextmanager
    def writing(self, name: str) -> Iterator[Path]:
        """A hidden file beside the target, which takes its name when all of it is on the disk."""
        target = self.folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{uuid.uuid4().hex}.partial")
        try:
            yield partial
            _sync(partial)
            partial.replace(target)
            _sync(target.parent)
        finally:
            partial.unlink(missing_ok=True)

    def remove(self, name: str) -> None:
        """Remove a file."""
        (self.folder / name).unlink(missing_ok=True)

    def reading(self) -> LocalReading:
        """The files where they lie."""
        return LocalReading(self.folder)

    def below(self, folder: str) -> LocalStorage:
        """A subfolder."""
        return LocalStorage(self.folder / folder)

    @property
    def io_properties(self) -> Mapping[str, str]:
        """Iceberg needs to be told nothing."""
        return {}


def copy(source: Storage, name: str, target: Storage, new_name: str) -> None:
    """Copy a file, from one storage into another or within one."""
    with source.reading() as reading, target.writing(new_name) as path:
        shutil.copyfile(reading.local([name])[0], path)


def hash_file(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _sync(path: Path) -> None:
    """Wait until a file's content, or a folder's names, would outlive a loss of power."""
    opened = os.open(path, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


@contextmanager
def _found(path: Path) -> Iterator[Path]:
    try:
        yield path
    except FileNotFoundError as error:
        raise NotFoundError(f"there is no file {path}") from error
