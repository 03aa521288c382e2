"""Copies of objects on the local disk: bounded in size, the longest unused go first.

A reader holds a *hold*: a folder of its own with hard links to the copies that it uses. So a copy can leave the cache
at any time without leaving a reader, and the holds of a process that died are known by the lock that it no longer has.
Any number of processes share one folder.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from pathlib import Path

_FRESH_SECONDS = 60.0
"""What was used this recently stays, so that whoever was given a path can open it."""
_ABANDONED_SECONDS = 86_400.0
"""A download that has not moved for so long belongs to nobody."""


class FileCache:
    """A folder of copies, at most ``limit`` bytes beside what readers hold."""

    def __init__(self, folder: Path, limit: int) -> None:
        self.folder = folder
        self._limit = limit
        self._files = folder / "files"
        self._holds = folder / "holds"
        self._scratch = folder / "scratch"
        self._unswept = limit
        self._lock = threading.Lock()
        self._fetching = [threading.Lock() for _ in range(64)]

    def find(self, key: str) -> Path | None:
        """The copy of an object, if there is one."""
        path = self._files / key
        try:
            os.utime(path)
        except FileNotFoundError:
            return None
        return path

    def get(self, key: str, fetch: Callable[[Path], None]) -> Path:
        """The copy of an object; ``fetch`` writes it where it is told when there is none."""
        with self._fetching[hash(key) % len(self._fetching)]:
            found = self.find(key)
            if found is not None:
                return found
            with self.scratch() as path:
                fetch(path)
                return self.adopt(path, key)

    def adopt(self, path: Path, key: str) -> Path:
        """Take a complete file of the scratch folder in as the copy of an object."""
        target = self._files / key
        size = path.stat().st_size
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)
        self._account(size)
        return target

    def drop(self, key: str) -> None:
        """Forget the copy of an object."""
        (self._files / key).unlink(missing_ok=True)

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """A path to write a file to; what is left there at the end is removed."""
        self._scratch.mkdir(parents=True, exist_ok=True)
        path = self._scratch / uuid.uuid4().hex
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)

    def hold(self) -> Hold:
        """A new hold."""
        self._holds.mkdir(parents=True, exist_ok=True)
        return Hold(self._holds / uuid.uuid4().hex)

    def _account(self, size: int) -> None:
        """Look after the size of the cache now and then."""
        with self._lock:
            self._unswept += size
            due = self._unswept * 20 >= self._limit
            if due:
                self._unswept = 0
        if due:
            self.sweep()

    def sweep(self) -> None:
        """Remove what dead processes left, then the longest unused copies until the rest fits."""
        self._remove_abandoned()
        copies = sorted(_copies(self._files), key=lambda copy: copy[0])
        total = sum(size for _, size, _ in copies)
        fresh = time.time() - _FRESH_SECONDS
        for used, size, path in copies:
            if total <= self._limit or used > fresh:
                break
            with suppress(FileNotFoundError):
                if path.stat().st_nlink == 1:
                    path.unlink()
            total -= size

    def _remove_abandoned(self) -> None:
        now = time.time()
        for lock in self._holds.glob("*.lock"):
            with suppress(OSError):
                if now - lock.stat().st_mtime > _FRESH_SECONDS and _unlocked(lock):
                    shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
                    lock.unlink(missing_ok=True)
        for path in self._scratch.glob("*"):
            with suppress(OSError):
                if now - path.stat().st_mtime > _ABANDONED_SECONDS:
                    path.unlink()


class Hold:
    """The copies that one reader uses, under their keys in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = folder.with_name(f"{folder.name}.lock").open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        folder.mkdir()

    def link(self, copy: Path, key: str) -> Path:
        """Hold a copy. Raises FileNotFoundError when it has just left the cache."""
        held = self.folder / key
        if not held.exists():
            held.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError):
                held.hardlink_to(copy)
        return held

    def close(self) -> None:
        """Let the copies go."""
        shutil.rmtree(self.folder, ignore_errors=True)
        Path(self._lock.name).unlink(missing_ok=True)
        self._lock.close()


@lru_cache
def file_cache(folder: Path, limit: int) -> FileCache:
    """The one cache of a folder in this process."""
    return FileCache(folder, limit)


def _copies(folder: Path) -> Iterator[tuple[float, int, Path]]:
    """Last use, size and path of every copy."""
    for path in folder.rglob("*"):
        with suppress(FileNotFoundError):
            facts = path.lstat()
            if path.is_file():
                yield facts.st_mtime, facts.st_size, path


def _unlocked(lock: Path) -> bool:
    """Whether nobody holds a lock file."""
    with lock.open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
    return True
