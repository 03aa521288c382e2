"""Objects that were fetched before: their bytes are among the delivered files, and need not be fetched again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from tallystick.lake.blobs import BlobStore
from tallystick.lake.storage import Reading
from tallystick.settings.database import TenantDatabase
from tallystick.settings.models import FetchedObject
from tallystick.sources.delivery import FoundFile
from tallystick.sources.stores import ObjectVersion


@dataclass(frozen=True, slots=True)
class Fetched:
    """A tenant's delivered files, by the objects that they are."""

    database: TenantDatabase
    blobs: BlobStore
    reading: Reading
    """Of the delivered files; what is found stays until it is closed."""

    def find(self, version: ObjectVersion) -> Path | None:
        """The delivered file that is this version of an object, if it is still kept."""
        with self.database.read() as session:
            row = session.get(FetchedObject, (self.database.tenant, version.address))
        if row is None or (row.tag, row.size_bytes) != (version.tag, version.size):
            return None
        name = self.blobs.name(row.file_id)
        return self.reading.local([name])[0] if self.blobs.storage.exists(name) else None


def remember(session: Session, tenant: str, files: Iterable[tuple[FoundFile, str]]) -> None:
    """Note which delivered file each object is."""
    for file, file_id in files:
        if file.version is not None:
            session.merge(
                FetchedObject(
                    tenant_id=tenant,
                    address=file.version.address,
                    tag=file.version.tag,
                    size_bytes=file.version.size,
                    file_id=file_id,
                )
            )
