"""Manifests of AWS deliveries: the legacy report's, and that of Data Exports (CUR 2.0 and FOCUS tables).

A manifest is the only authority on which files belong to its delivery. Which of several manifests of a month counts:
the one highest up (AWS keeps a copy of the newest there), and among equals the newest.
Sources: input-formats 3.1, 3.2, 3.6; AWS user guide, "Understanding export delivery".
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import PurePosixPath

from tallystick.errors import Place, RefusedError
from tallystick.sources import paths
from tallystick.sources.stores import Entry

_KEY_LISTS = ("reportKeys", "dataFiles")
_NAMES = ("reportName", "exportName")
_IDS = ("assemblyId", "executionId")
_ARN = "exportArn"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a manifest says of a delivery."""

    entry: Entry
    series: str
    billing_period: date | None
    assembly_id: str | None
    account: str | None
    keys: tuple[PurePosixPath, ...]

    @property
    def version(self) -> datetime:
        """When the provider made it: the time in its folder's name, else its modification time."""
        return paths.moment_of(self.entry.folders) or self.entry.modified


def read_manifest(entry: Entry, content: bytes) -> Manifest:
    """The manifest in a JSON file. Raises RefusedError for a broken file, and for JSON that is none."""
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise RefusedError(Place(entry.name), "the text is not UTF-8") from error
    except json.JSONDecodeError as error:
        raise RefusedError(Place(entry.name), f"broken JSON in line {error.lineno}: {error.msg}") from error
    except RecursionError as error:
        raise RefusedError(Place(entry.name), "this JSON file is nested too deeply") from error
    lists = [document[name] for name in _KEY_LISTS if name in document] if isinstance(document, dict) else []
    if not lists or not isinstance(lists[0], list):
        raise RefusedError(Place(entry.name), "this JSON file is neither a manifest nor a bill")
    return Manifest(
        entry,
        _series(document, entry),
        _period(document) or paths.period_of(entry.folders),
        next((str(document[name]) for name in _IDS if document.get(name)), None),
        str(document["account"]) if document.get("account") else None,
        tuple(_key(key, entry) for key in lists[0]),
    )


def choose(manifests: Iterable[Manifest]) -> list[Manifest]:
    """The manifest that counts for every account, series and month."""
    chosen: dict[tuple[object, ...], Manifest] = {}
    for manifest in sorted(manifests, key=_rank):
        chosen[manifest.account, manifest.series, manifest.billing_period] = manifest
    return list(chosen.values())


def resolve(manifest: Manifest, entries: Iterable[Entry]) -> list[Entry]:
    """The entries of the files that a manifest lists, in its order. Raises RefusedError for one that is not there.

    The user may have given the bucket, a folder above it or one below, so a key fits the entry with which it shares
    the longest end, and of several the one nearest to the manifest.
    """
    by_name: dict[str, list[Entry]] = {}
    for entry in entries:
        by_name.setdefault(entry.address.name, []).append(entry)
    found = []
    for key in manifest.keys:
        candidates = by_name.get(key.name)
        if not candidates:
            raise RefusedError(
                Place(manifest.entry.name), f"it lists {key}, which is not there; give the folder that holds both"
            )
        found.append(max(candidates, key=lambda entry: _fit(entry, key, manifest)))
    return found


def covers(manifest: Manifest, listed: Iterable[Entry], entry: Entry) -> bool:
    """Whether an entry lies where a manifest rules, so that it is no delivery by itself."""
    return any(_rules(owner.folders, entry.folders) for owner in (manifest.entry, *listed))


def _rules(folders: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """A folder rules its own files, and everything below the folder that names its period."""
    depth = max((i + 1 for i, folder in enumerate(folders) if paths.names_period(folder)), default=0)
    return other == folders or (depth > 0 and other[:depth] == folders[:depth])


def _fit(entry: Entry, key: PurePosixPath, manifest: Manifest) -> tuple[int, int]:
    tail = _common(reversed(entry.address.parts), reversed(key.parts))
    return tail, _common(entry.folders, manifest.entry.folders)


def _common(left: Iterable[str], right: Iterable[str]) -> int:
    count = 0
    for a, b in zip(left, right, strict=False):
        if a != b:
            break
        count += 1
    return count


def _rank(manifest: Manifest) -> tuple[int, datetime, str]:
    return -len(manifest.entry.folders), manifest.version, manifest.entry.name


def _key(key: object, entry: Entry) -> PurePosixPath:
    text = str(key)
    if text.startswith("s3://"):
        text = text.removeprefix("s3://").partition("/")[2]
    path = PurePosixPath(text.lstrip("/"))
    if not path.name or ".." in path.parts:
        raise RefusedError(Place(entry.name), f"it lists an impossible file: {key!r}")
    return path


def _series(document: Mapping[str, object], entry: Entry) -> str:
    for name in _NAMES:
        if document.get(name):
            return str(document[name])
    arn = str(document.get(_ARN) or "")
    stem = entry.address.name.removesuffix(".json").removesuffix("-Manifest")
    return arn.rpartition("/")[2] or stem


def _period(document: Mapping[str, object]) -> date | None:
    period = document.get("billingPeriod")
    start = period.get("start") if isinstance(period, dict) else period
    return paths.parse_month(str(start)) if start else None
