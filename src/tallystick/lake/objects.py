"""A storage in an object store, read through the cache of this machine.

An object is written in one stroke (one request, or a multipart upload that counts when it is completed), so it is
there whole or not at all; nothing is renamed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import pyarrow as pa
from pyarrow import fs

from tallystick.errors import ConfigError, NotFoundError, UnavailableError
from tallystick.lake.cache import FileCache, Hold
from tallystick.lake.storage import Stored

_BLOCK = 32 * 1024 * 1024
_REFUSALS = (
    "ACCESS_DENIED",
    "INVALID_ACCESS_KEY_ID",
    "SIGNATURE_DOES_NOT_MATCH",
    "NO_SUCH_BUCKET",
    "PermanentRedirect",
    "SSL peer certificate",
    "UNAUTHENTICATED",
    "PERMISSION_DENIED",
)
"""Signs in the errors of S3 and of Google that asking again will not help."""
_AT_ONCE = 16
"""Requests at a time."""


@dataclass(frozen=True)
class ObjectStorage:
    """Objects below an address."""

    address: str
    """Without a slash at its end."""
    path: str
    """The address as the file system knows it."""
    filesystem: fs.FileSystem = field(repr=False)
    cache: FileCache = field(repr=False)
    io_properties: Mapping[str, str] = field(repr=False)
    place: str = ""
    """Where below the root of the storage, and of the cache; with a slash at its end."""

    def uri(self, name: str) -> str:
        """The address of an object."""
        return f"{self.address}/{name}"

    def name(self, uri: str) -> str:
        """What follows the address."""
        return uri.removeprefix(f"{self.address}/")

    def exists(self, name: str) -> bool:
        """Whether an object is there."""
        with explained(self.uri(name)):
            return bool(self.filesystem.get_file_info(self._path(name)).type == fs.FileType.File)

    def children(self, folders: Iterable[str]) -> Mapping[str, Sequence[Stored]]:
        """One listing per folder, several at a time."""
        wanted = list(folders)
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return dict(zip(wanted, pool.map(self._files, wanted), strict=True))

    def _files(self, folder: str) -> Sequence[Stored]:
        return [self._stored(info) for info in self._children(folder) if info.type == fs.FileType.File]

    def _stored(self, info: fs.FileInfo) -> Stored:
        return Stored(self._name(info.path), int(info.size), (info.mtime or datetime.now(UTC)).astimezone(UTC))

    def _children(self, folder: str) -> Sequence[fs.FileInfo]:
        selector = fs.FileSelector(self._path(folder), allow_not_found=True)
        with explained(self.uri(folder)):
            return list(self.filesystem.get_file_info(selector))

    def size(self, name: str) -> int:
        """The bytes of an object."""
        with explained(self.uri(name)):
            info = self.filesystem.get_file_info(self._path(name))
        if info.type != fs.FileType.File:
            raise NotFoundError(f"there is nothing at {self.uri(name)}")
        return int(info.size)

    def sha256(self, name: str) -> str:
        """The hash of the object itself, whatever the cache has."""
        digest = hashlib.sha256()
        with explained(self.uri(name)), self.filesystem.open_input_file(self._path(name)) as source:
            while block := source.read(_BLOCK):
                digest.update(block)
        return digest.hexdigest()

    def list(self, folder: str) -> Iterator[Stored]:
        """Every object below a folder, folder by folder."""
        for info in self._children(folder):
            if info.type == fs.FileType.File:
                yield self._stored(info)
            elif info.type == fs.FileType.Directory:
                yield from self.list(self._name(info.path))

    def read(self, name: str) -> bytes:
        """The content of an object, through the cache."""
        with self.reading() as reading:
            return reading.local([name])[0].read_bytes()

    @contextmanager
    def writing(self, name: str) -> Iterator[Path]:
        """A file of the cache, uploaded at the end."""
        with self.cache.scratch() as path:
            yield path
            with explained(self.uri(name)):
                self._upload(path, name)
            self.cache.adopt(path, self.place + name)

    def _upload(self, source: Path, name: str) -> None:
        """One write of the whole file: an exception half way would otherwise complete an object that is cut short."""
        content = _mapped(source)
        try:
            with self.filesystem.open_output_stream(self._path(name), compression=None) as sink:
                sink.write(content)
        except FileNotFoundError as error:
            raise ConfigError(f"{self.uri(name)} cannot be written: there is no such bucket") from error

    def remove(self, name: str) -> None:
        """Remove an object and its copy."""
        self.cache.drop(self.place + name)
        with explained(self.uri(name)):
            try:
                self.filesystem.delete_file(self._path(name))
            except FileNotFoundError:
                return

    def reading(self) -> ObjectReading:
        """Copies in the cache, held until the reading is closed."""
        return ObjectReading(self, self.cache.hold())

    def below(self, folder: str) -> ObjectStorage:
        """The objects below a longer address."""
        return ObjectStorage(
            f"{self.address}/{folder}",
            self._path(folder),
            self.filesystem,
            self.cache,
            self.io_properties,
            f"{self.place}{folder}/",
        )

    def copy_of(self, name: str) -> Path:
        """A copy in the cache, which may leave it soon. Raises NotFoundError for an object that is not there."""
        return self.cache.get(self.place + name, lambda target: self._download(name, target))

    def _download(self, name: str, target: Path) -> None:
        with (
            explained(self.uri(name)),
            self.filesystem.open_input_file(self._path(name)) as source,
            target.open("wb") as sink,
        ):
            while block := source.read(_BLOCK):
                sink.write(block)

    def _path(self, name: str) -> str:
        return f"{self.path}/{name}" if name not in ("", ".") else self.path

    def _name(self, path: str) -> str:
        return path.removeprefix(f"{self.path}/")


@dataclass(frozen=True)
class ObjectReading:
    """Objects as local files."""

    storage: ObjectStorage
    hold: Hold

    @property
    def folder(self) -> Path:
        """The folder of the hold."""
        return self.hold.folder

    def local(self, names: Iterable[str]) -> list[Path]:
        """Copies of the objects, fetched several at a time."""
        wanted = list(names)
        if len(wanted) == 1:
            return [self._held(wanted[0])]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(self._held, wanted))

    def _held(self, name: str) -> Path:
        while True:
            copy = self.storage.copy_of(name)
            try:
                return self.hold.link(copy, name)
            except FileNotFoundError:
                continue

    def close(self) -> None:
        """Let the copies go."""
        self.hold.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


@contextmanager
def explained(address: str) -> Iterator[None]:
    """The file system's errors as ours, with the address in question."""
    try:
        yield
    except FileNotFoundError as error:
        raise NotFoundError(f"there is nothing at {address}") from error
    except OSError as error:
        reason = " ".join(str(error).split())
        if any(sign in reason for sign in _REFUSALS):
            raise ConfigError(f"{address} cannot be used: {reason}; check the credentials and, of S3, s3.*") from error
        raise UnavailableError(f"{address} cannot be used now: {reason}") from error


def _mapped(path: Path) -> pa.Buffer:
    if path.stat().st_size == 0:
        return pa.py_buffer(b"")
    with pa.memory_map(str(path)) as source:
        return source.read_buffer()
