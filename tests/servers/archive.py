"""Servers from Maven Central: fetched once, checked, and unpacked without what nobody needs here.

``TALLY_MAVEN_URL`` names another place that has Maven's layout. Where the cache lies follows ``XDG_CACHE_HOME``.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tarfile
import tempfile
import urllib.request
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .process import ServerError

MAVEN = "https://repo1.maven.org/maven2"
PLUGINS = frozenset({"exchange-filesystem", "iceberg", "memory", "tpch"})


@dataclass(frozen=True)
class Archive:
    """A file of Maven's, by its path there, which unpacks to a folder ``name``."""

    name: str
    path: str
    sha256: str


TRINO = Archive(
    "trino-server-476",
    "io/trino/trino-server/476/trino-server-476.tar.gz",
    "cfd5accde17e8ebd251eeeb78aed1f490e77bb3a164d95a0f454bf8a7c1cbd3f",
)
ELASTICSEARCH = Archive(
    "elasticsearch-7.10.2",
    "org/elasticsearch/distribution/integ-test-zip/elasticsearch/7.10.2/elasticsearch-7.10.2.zip",
    "38a4232a9b8506235c8a2b6a24cdf3732b2c2aa4b8026c89063e038a610c9f4c",
)
"""The last one under the Apache licence, from which OpenSearch began."""


def trino_home() -> Path:
    """The folder of the unpacked server; fetched when it is not there. Raises ServerError when it cannot be had."""
    return _home(TRINO, _unpack)


def elasticsearch_home() -> Path:
    """The folder of the unpacked server; fetched when it is not there. Raises ServerError when it cannot be had."""
    return _home(ELASTICSEARCH, _unzip)


def _home(archive: Archive, unpack: Callable[[Path, Path], Path]) -> Path:
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tallystick"
    home = cache / archive.name
    if home.exists():
        return home
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not home.exists():
            with tempfile.TemporaryDirectory(dir=cache) as scratch:
                unpack(_fetch(archive, Path(scratch)), Path(scratch)).rename(home)
    return home


def _fetch(archive: Archive, folder: Path) -> Path:
    address = f"{os.environ.get('TALLY_MAVEN_URL', MAVEN).rstrip('/')}/{archive.path}"
    target = folder / "archive"
    try:
        with urllib.request.urlopen(address, timeout=60) as response, target.open("wb") as file:
            shutil.copyfileobj(response, file, 1024 * 1024)
    except OSError as error:
        raise ServerError(f"{archive.name} cannot be fetched from {address}: {error}") from error
    with target.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != archive.sha256:
        raise ServerError(f"{address} is not the file it should be: its SHA-256 is {found}, expected {archive.sha256}")
    return target


def _unpack(archive: Path, folder: Path) -> Path:
    """Everything is unpacked first: a file may be a hard link to that of a plugin which is then removed."""
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    home = folder / TRINO.name
    for plugin in (home / "plugin").iterdir():
        if plugin.name not in PLUGINS:
            shutil.rmtree(plugin)
    return home


def _unzip(archive: Path, folder: Path) -> Path:
    """Python's zipfile forgets which files are programs."""
    with zipfile.ZipFile(archive) as file:
        file.extractall(folder)
    home = folder / ELASTICSEARCH.name
    for program in (home / "bin").iterdir():
        program.chmod(0o755)
    return home
