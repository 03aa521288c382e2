"""From an address to deliveries: what lies there, which files belong together, of which kind they are.

Manifests come first, and what they list is theirs alone. Among the rest, the files of one kind and account in one
folder are the parts of one delivery; other folders are other deliveries (snapshots or months), never added up.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from tallystick.errors import ConfigError, Place, RefusedError
from tallystick.sources import archives, manifests, paths
from tallystick.sources.base import Source
from tallystick.sources.delivery import Found, FoundFile, Limits, Refused
from tallystick.sources.header import Header, is_parquet, read_header
from tallystick.sources.manifests import Manifest
from tallystick.sources.registry import load_sources
from tallystick.sources.stores import Entry, LocalStore, Store

_STATUS_COLUMN = "status"
"""The one column of the table that AWS keeps beside a Parquet report."""


def discover(address: str, *, as_kind: str | None, limits: Limits, workspace: Path) -> list[Found | Refused]:
    """The deliveries at a local path or ``s3://`` address, oldest first, and what had to be refused.

    ``as_kind`` takes every table for that kind. Raises NotFoundError when there is nothing at the address,
    ConfigError for an address or kind that is not known.
    """
    kinds = load_sources()
    if as_kind is not None:
        if as_kind not in kinds:
            raise ConfigError(f"there is no kind of source {as_kind!r}; there are: {', '.join(kinds)}")
        kinds = {as_kind: kinds[as_kind]}
    search = _Search(address, _open(address, workspace), kinds, as_kind is not None, limits, workspace)
    search.run()
    found = sorted(search.found, key=lambda each: (each.version, each.files[0].name))
    return [*search.refused, *found]


def _open(address: str, workspace: Path) -> Store:
    scheme, separator, _ = address.partition("://")
    if not separator or scheme == "file":
        return LocalStore(Path(address.removeprefix("file://")))
    if scheme == "s3":
        from tallystick.sources.s3 import S3Store

        return S3Store(address, workspace)
    raise ConfigError(f"addresses that begin with {scheme}:// are not known; give a path or s3://bucket/prefix")


@dataclass(frozen=True, slots=True)
class _Table:
    """A recognised data file."""

    entry: Entry
    path: Path
    kind: Source
    header: Header


@dataclass(slots=True)
class _Search:
    address: str
    store: Store
    kinds: Mapping[str, Source]
    forced: bool
    limits: Limits
    workspace: Path
    found: list[Found] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)

    def run(self) -> None:
        """Look at everything at the address."""
        local: dict[Entry, Path] = {}
        entries = [each for entry in self.store.entries() for each in self._opened(entry, local)]
        taken = self._take_manifests(entries, local)
        tables = [
            table
            for entry in entries
            if entry not in taken and (table := self._recognise(entry, local)) is not None
        ]  # fmt: skip
        self._take_loose(tables)

    def _path(self, entry: Entry, local: dict[Entry, Path]) -> Path:
        if entry not in local:
            local[entry] = self.store.fetch(entry)
        return local[entry]

    def _opened(self, entry: Entry, local: dict[Entry, Path]) -> list[Entry]:
        """An entry, or what an archive of several files holds."""
        if entry.address.suffix.lower() not in _ARCHIVES:
            return [entry]
        path = self._path(entry, local)
        try:
            if not archives.is_folder_archive(path, entry.name, self.limits):
                return [entry]
            folder = self.workspace / "opened" / hashlib.sha256(entry.name.encode()).hexdigest()[:16]
            archives.unpack_folder(path, entry.name, folder, self.limits)
        except RefusedError as error:
            self.refused.append(Refused(error.place, error.reason))
            return []
        inner = []
        for each in LocalStore(folder).entries():
            local_path = Path(each.address)
            opened = replace(each, name=f"{entry.name}/{each.name}", address=entry.address / each.name)
            local[opened] = local_path
            inner.append(opened)
        return inner

    def _take_manifests(self, entries: list[Entry], local: dict[Entry, Path]) -> set[Entry]:
        """Make deliveries of what manifests list; gives every entry that is dealt with."""
        taken: set[Entry] = set()
        read = []
        for entry in entries:
            if entry.address.suffix.lower() == ".json":
                taken.add(entry)
                read += self._read_manifest(entry, local)
        chosen = manifests.choose(read)
        data = [entry for entry in entries if entry not in taken]
        for manifest in read:
            try:
                listed = manifests.resolve(manifest, data)
            except RefusedError as error:
                listed = []
                if manifest in chosen:
                    self.refused.append(Refused(error.place, error.reason))
            else:
                if manifest in chosen:
                    self._add_manifest(manifest, listed, local)
            taken |= {entry for entry in data if manifests.covers(manifest, listed, entry)}
        return taken

    def _read_manifest(self, entry: Entry, local: dict[Entry, Path]) -> list[Manifest]:
        if entry.size > self.limits.manifest_bytes:
            self.refused.append(Refused(Place(entry.name), "the manifest is larger than the limit"))
            return []
        try:
            manifest = manifests.read_manifest(entry, self._path(entry, local).read_text("utf-8-sig"))
        except UnicodeDecodeError:
            self.refused.append(Refused(Place(entry.name), "the text is not UTF-8"))
        except RefusedError as error:
            self.refused.append(Refused(error.place, error.reason))
        else:
            if manifest is not None:
                return [manifest]
            self.refused.append(Refused(Place(entry.name), "this JSON file is neither a manifest nor a bill"))
        return []

    def _add_manifest(self, manifest: Manifest, listed: list[Entry], local: dict[Entry, Path]) -> None:
        tables = [self._recognise(entry, local) for entry in dict.fromkeys(listed)]
        known = [table for table in tables if table is not None]
        kinds = {table.kind.name for table in known}
        if len(known) < len(tables) or len(kinds) != 1:
            if len(known) == len(tables):
                reason = "it lists files of several kinds" if kinds else "it lists no files"
                self.refused.append(Refused(Place(manifest.entry.name), reason))
            return
        path = self._path(manifest.entry, local)
        self.found.append(
            Found(
                kind=known[0].kind.name,
                series=manifest.series,
                files=(*_data_files(known), FoundFile(manifest.entry.name, path, "manifest")),
                billing_period=manifest.billing_period,
                version=manifest.version,
                assembly_id=manifest.assembly_id,
                suggested_source=_suggest(known, manifest.account),
                origin=self.address,
            )
        )

    def _recognise(self, entry: Entry, local: dict[Entry, Path]) -> _Table | None:
        """The kind of a data file; None, and a refusal, for what is no bill."""
        try:
            path = self._path(entry, local)
            header = self._header(path, entry.name)
        except RefusedError as error:
            self.refused.append(Refused(error.place, error.reason))
            return None
        if header.format == "parquet" and [column.name for column in header.columns] == [_STATUS_COLUMN]:
            return None
        for kind in self.kinds.values():
            if self.forced or kind.kind.recognises(header):
                return _Table(entry, path, kind, header)
        names = ", ".join(self.kinds)
        reason = f"its columns are those of no known bill ({names}); it begins with {_some(header)}"
        self.refused.append(Refused(Place(entry.name), reason))
        return None

    def _header(self, path: Path, name: str) -> Header:
        if is_parquet(path) or not (head := archives.first_member(path, name, self.limits)):
            return read_header(path, name, self.limits)
        return head

    def _take_loose(self, tables: Iterable[_Table]) -> None:
        groups: dict[tuple[object, ...], list[_Table]] = {}
        for table in tables:
            folder = paths.delivery_folder(table.entry.folders)
            groups.setdefault((folder, table.kind.name, _suggest([table], None)), []).append(table)
        for (_, kind, source), parts in groups.items():
            folders = parts[0].entry.folders
            self.found.append(
                Found(
                    kind=str(kind),
                    series="default",
                    files=_data_files(_distinct(parts)),
                    billing_period=paths.period_of(folders),
                    version=paths.moment_of(folders) or max(part.entry.modified for part in parts),
                    assembly_id=None,
                    suggested_source=str(source),
                    origin=self.address,
                )
            )


_ARCHIVES = (".zip", ".tar", ".gz", ".tgz")


def _data_files(tables: Iterable[_Table]) -> tuple[FoundFile, ...]:
    return tuple(FoundFile(table.entry.name, table.path) for table in tables)


def _suggest(tables: list[_Table], account: str | None) -> str:
    """A source name from the first row of the first file that has rows, else from the manifest's account."""
    kind = tables[0].kind
    sample = next((table.header.sample for table in tables if table.header.sample), {})
    if sample or account is None:
        return kind.kind.suggest(sample)
    return f"{kind.name}-{account}"


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


def _some(header: Header) -> str:
    return ", ".join(column.name for column in header.columns[:4])
