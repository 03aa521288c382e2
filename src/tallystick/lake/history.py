"""What the snapshots of a table tell about how it came to be."""

from __future__ import annotations

from collections import Counter

from pyiceberg.manifest import ManifestEntryStatus
from pyiceberg.table import Table


def additions(table: Table) -> Counter[str]:
    """In how many commits each data file was added, over the snapshots that are kept: once, or never."""
    found: Counter[str] = Counter()
    for snapshot in table.metadata.snapshots:
        for manifest in snapshot.manifests(table.io):
            if manifest.added_snapshot_id == snapshot.snapshot_id:
                found.update(
                    entry.data_file.file_path
                    for entry in manifest.fetch_manifest_entry(table.io, discard_deleted=False)
                    if entry.status == ManifestEntryStatus.ADDED
                )
    return found
