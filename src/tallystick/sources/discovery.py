"""From an address to deliveries: what lies there, which files belong together, of which kind they are.

Manifests come first, and what they list is theirs alone. Among the rest, the files of one kind and account in one
folder are the parts of one delivery; other folders are other deliveries (snapshots or months), never added up.
An archive of several files is searched like a folder.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tallystick.errors import ConfigError, Place, RefusedError
from tallystick.lake.filesystems import S3Options
from tallystick.sources import archives, manifests, paths
from tallystick.sources.base import Source
from tallystick.sources.delivery import Found, FoundFile, Limits, Refused
from tallystick.sources.header import Header
from tallystick.sources.manifests import Manifest
from tallystick.sources.registry import load_sources
from tallystick.sources.stores import Entry, Known, LocalStore, Store

_STATUS_TABLE = ("status",)
"""The columns of the table that AWS keeps beside a Parquet report."""


def discover(
    address: str,
    *,
    as_kind: str | None,
    limits: Limits,
    workspace: Path,
    s3: S3Options | None = None,
    known: Known | None = None,
) -> list[Found | Refused]:
    """The deliveries at a local path or ``s3://`` address, oldest first, after what had to be refused.

    ``as_kind`` takes every table for that kind; what is ``known`` is not fetched again. Raises NotFoundError when there
    is nothing at the address, ConfigError for an address or kind that is not known.
    """
    kinds = load_sources()
    if as_kind is not None and as_kind not in kinds:
        raise ConfigError(f"there is no kind of source {as_kind!r}; there are: {', '.join(kinds)}")
    search = _Search(address, _open(address, workspace, s3, known), kinds, as_kind, limits, workspace)
    search.run()
    found = sorted(search.found, key=lambda each: (each.version, each.files[0].name))
    return [*search.refused, *found]


def listing(address: str, workspace: Path, s3: S3Options | None = None) -> str:
    """A fingerprint of the names, sizes and times of what lies at an address; nothing is fetched.

    Raises NotFoundError when there is nothing, ConfigError for an address that is not known.
    """
    digest = hashlib.sha256()
    for entry in sorted(_open(address, workspace, s3, None).entries(), key=lambda one: one.name):
        digest.update(f"{entry.name}\0{entry.size}\0{entry.modified.isoformat()}\0".encode())
    return digest.hexdigest()


def _open(address: str, workspace: Path, s3: S3Options | None, known: Known | None) -> Store:
    scheme, separator, rest = address.partition("://")
    if not separator or scheme == "file":
        return LocalStore(Path(rest if separator else address))
    if scheme == "s3":
        from tallystick.sources.s3 import S3Store

        return S3Store(address, workspace, s3 or S3Options(), known)
    raise ConfigError(f"addresses that begin with {scheme}:// are not known; give a path or s3://bucket/prefix")


@dataclass(frozen=True, slots=True)
class _Table:
    """A recognised data file."""

    entry: Entry
    path: Path
    kind: Source
    header: Header


@dataclass
class _Search:
    """A walk through one store; what it gives gathers in ``found`` and ``refused``."""

    address: str
    store: Store
    kinds: Mapping[str, Source]
    as_kind: str | None
    limits: Limits
    workspace: Path
    nested: bool = False
    found: list[Found] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    def run(self) -> None:
        """Look at everything in the store."""
        entries = self.store.entries()
        rest = self._take_manifests(entries)
        tables = (self._recognise(entry) for entry in rest)
        self._take_loose([table for table in tables if table is not None])

    def _refuse(self, error: RefusedError) -> None:
        self.refused.append(Refused(error.place, error.reason))

    def _take_manifests(self, entries: list[Entry]) -> list[Entry]:
        """Make deliveries of what manifests list; gives the entries that no manifest rules."""
        documents = [entry for entry in entries if entry.address.suffix.lower() == ".json"]
        read = [manifest for entry in documents if (manifest := self._read_manifest(entry)) is not None]
        chosen = manifests.choose(read)
        rest = [entry for entry in entries if entry not in documents]
        ruled: set[Entry] = set()
        for manifest in read:
            listed = self._listed(manifest, rest, manifest in chosen)
            if manifest in chosen and listed is not None:
                self._add_manifest(manifest, listed)
            ruled |= {entry for entry in rest if manifests.covers(manifest, listed or (), entry)}
        return [entry for entry in rest if entry not in ruled]

    def _read_manifest(self, entry: Entry) -> Manifest | None:
        if entry.size > self.limits.manifest_bytes:
            self._refuse(RefusedError(Place(entry.name), f"it is larger than {self.limits.manifest_bytes} bytes"))
            return None
        try:
            return manifests.read_manifest(entry, self.store.fetch(entry).read_bytes())
        except RefusedError as error:
            self._refuse(error)
            return None

    def _listed(self, manifest: Manifest, entries: list[Entry], wanted: bool) -> list[Entry] | None:
        try:
            return manifests.resolve(manifest, entries)
        except RefusedError as error:
            if wanted:
                self._refuse(error)
            return None

    def _add_manifest(self, manifest: Manifest, listed: list[Entry]) -> None:
        place = Place(manifest.entry.name)
        found = [self._recognise(entry) for entry in dict.fromkeys(listed)]
        tables = [table for table in found if table is not None]
        if len(tables) < len(found):
            self._refuse(RefusedError(place, "a file that it lists was refused"))
        elif len({table.kind.name for table in tables}) != 1:
            reason = "it lists files of several kinds" if tables else "it lists no files"
            self._refuse(RefusedError(place, reason))
        else:
            entry = manifest.entry
            own = FoundFile(entry.name, self.store.fetch(entry), "manifest", entry.version)
            self.found.append(
                Found(
                    kind=tables[0].kind.name,
                    series=manifest.series,
                    files=(*_data_files(tables), own),
                    billing_period=manifest.billing_period,
                    version=manifest.version,
                    assembly_id=manifest.assembly_id,
                    suggested_source=_suggest(tables, manifest.account),
                    origin=self.address,
                )
            )

    def _recognise(self, entry: Entry) -> _Table | None:
        """A data file and its kind; None for what is no bill, which is refused, and for an archive, which is opened."""
        try:
            path = self.store.fetch(entry)
            if archives.is_folder_archive(path, entry.name, self.limits):
                self._open_archive(entry, path)
                return None
            header = archives.table_header(path, entry.name, self.limits)
            kind = self._kind(header)
        except RefusedError as error:
            self._refuse(error)
            return None
        return _Table(entry, path, kind, header) if kind else None

    def _kind(self, header: Header) -> Source | None:
        if self.as_kind is not None:
            return self.kinds[self.as_kind]
        for source in self.kinds.values():
            if source.kind.recognises(header):
                return source
        names = tuple(column.name for column in header.columns)
        if names == _STATUS_TABLE:
            return None
        known, some = ", ".join(self.kinds), ", ".join(names[:4])
        raise RefusedError(
            Place(header.name), f"its columns are those of no known bill ({known}); it begins with {some}"
        )

    def _open_archive(self, entry: Entry, path: Path) -> None:
        if self.nested:
            raise RefusedError(Place(entry.name), "an archive inside an archive; unpack the outer one")
        self.workspace.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(dir=self.workspace, prefix="archive-"))
        archives.unpack_folder(path, entry.name, folder, self.limits)
        inner = _Search(
            self.address,
            LocalStore(folder, shown_as=entry.name, lies_in=entry.folders),
            self.kinds,
            self.as_kind,
            self.limits,
            self.workspace,
            nested=True,
        )
        inner.run()
        self.found += inner.found
        self.refused += inner.refused

    def _take_loose(self, tables: list[_Table]) -> None:
        groups: dict[tuple[object, ...], list[_Table]] = {}
        for table in tables:
            folder = paths.delivery_folder(table.entry.folders)
            groups.setdefault((folder, table.kind.name, _suggest([table], None)), []).append(table)
        for parts in groups.values():
            folders = parts[0].entry.folders
            self.found.append(
                Found(
                    kind=parts[0].kind.name,
                    series="default",
                    files=_data_files(_distinct(parts)),
                    billing_period=paths.period_of(folders),
                    version=paths.moment_of(folders) or max(part.entry.modified for part in parts),
                    assembly_id=None,
                    suggested_source=_suggest(parts, None),
                    origin=self.address,
                )
            )


def _data_files(tables: Iterable[_Table]) -> tuple[FoundFile, ...]:
    return tuple(FoundFile(table.entry.name, table.path, version=table.entry.version) for table in tables)


def _suggest(tables: list[_Table], account: str | None) -> str:
    """A source name from the first row of the first file that has rows, else from the manifest's account."""
    source = tables[0].kind
    sample = next((table.header.sample for table in tables if table.header.sample), {})
    return source.kind.suggest(sample) if sample or account is None else f"{source.name}-{account}"


def _distinct(tables: list[_Table]) -> list[_Table]:
    """Files of a folder without copies of the same content."""
    sizes = [table.entry.size for table in tables]
    seen: set[str] = set()
    kept = []
    for table in tables:
        if sizes.count(table.entry.size) > 1:
            with table.path.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
            if digest in seen:
                continue
            seen.add(digest)
        kept.append(table)
    return kept
