"""Delivered files, stored once under their SHA-256 and never edited."""

from __future__ import annotations

import hashlib
import os
import uuid
from dataclasses import dataclass
from pathlib import Path

_BLOCK = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class BlobStore:
    """The folder in which a tenant's delivered files lie."""

    root: Path

    def put(self, source: Path) -> str:
        """Copy a file into the store and give its SHA-256 in hexadecimal. A file that is there already is only read."""
        known = hash_file(source)
        if self.path(known).exists():
            return known
        self.root.mkdir(parents=True, exist_ok=True)
        partial = self.root / f"incoming-{uuid.uuid4().hex}"
        try:
            file_id = _copy_and_hash(source, partial)
            target = self.path(file_id)
            if not target.exists():
                target.parent.mkdir(exist_ok=True)
                partial.replace(target)
        finally:
            partial.unlink(missing_ok=True)
        return file_id

    def path(self, file_id: str) -> Path:
        """Where the file of that hash lies."""
        return self.root / file_id[:2] / file_id

    def remove(self, file_id: str) -> None:
        """Forget a file; it is no error when it is gone already."""
        self.path(file_id).unlink(missing_ok=True)


def hash_file(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _copy_and_hash(source: Path, target: Path) -> str:
    digest = hashlib.sha256()
    with source.open("rb") as reader, target.open("wb") as writer:
        while block := reader.read(_BLOCK):
            digest.update(block)
            writer.write(block)
        writer.flush()
        os.fsync(writer.fileno())
    return digest.hexdigest()
