"""Delivered files, stored once under their SHA-256 and never edited."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from tallystick.errors import TallyError
from tallystick.lake.storage import Storage, hash_file

_BLOCK = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class BlobStore:
    """A tenant's delivered files."""

    storage: Storage

    def put(self, source: Path) -> str:
        """Copy a file into the store and give its SHA-256 in hexadecimal. A file that is there already is only read.

        Raises TallyError for a file that changes meanwhile.
        """
        file_id = hash_file(source)
        name = self.name(file_id)
        if not self.storage.exists(name):
            with self.storage.writing(name) as target:
                if _copy_and_hash(source, target) != file_id:
                    raise TallyError(f"{source} changed while it was read; hand it over again")
        return file_id

    def name(self, file_id: str) -> str:
        """The name of the file of that hash in the storage."""
        return f"{file_id[:2]}/{file_id}"

    def has(self, file_id: str) -> bool:
        """Whether a file is there."""
        return self.storage.exists(self.name(file_id))

    def remove(self, file_id: str) -> None:
        """Forget a file; it is no error when it is gone already."""
        self.storage.remove(self.name(file_id))


def _copy_and_hash(source: Path, target: Path) -> str:
    digest = hashlib.sha256()
    with source.open("rb") as reader, target.open("wb") as writer:
        while block := reader.read(_BLOCK):
            digest.update(block)
            writer.write(block)
    return digest.hexdigest()
