"""The Trino server from Maven Central: fetched once, checked, and unpacked without the plugins that nobody needs here.

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
from pathlib import Path

from .process import ServerError

VERSION = "476"
SHA256 = "cfd5accde17e8ebd251eeeb78aed1f490e77bb3a164d95a0f454bf8a7c1cbd3f"
MAVEN = "https://repo1.maven.org/maven2"
PLUGINS = frozenset({"exchange-filesystem", "iceberg", "memory", "tpch"})
_NAME = f"trino-server-{VERSION}"


def trino_home() -> Path:
    """The folder of the unpacked server; fetched when it is not there. Raises ServerError when it cannot be had."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tallystick"
    home = cache / _NAME
    if home.exists():
        return home
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not home.exists():
            with tempfile.TemporaryDirectory(dir=cache) as scratch:
                _unpack(_fetch(Path(scratch)), Path(scratch)).rename(home)
    return home


def _fetch(folder: Path) -> Path:
    base = os.environ.get("TALLY_MAVEN_URL", MAVEN).rstrip("/")
    address = f"{base}/io/trino/trino-server/{VERSION}/{_NAME}.tar.gz"
    target = folder / "trino.tar.gz"
    try:
        with urllib.request.urlopen(address, timeout=60) as response, target.open("wb") as file:
            shutil.copyfileobj(response, file, 1024 * 1024)
    except OSError as error:
        raise ServerError(f"Trino cannot be fetched from {address}: {error}") from error
    with target.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != SHA256:
        raise ServerError(f"{address} is not the file it should be: its SHA-256 is {found}, expected {SHA256}")
    return target


def _unpack(archive: Path, folder: Path) -> Path:
    """Everything is unpacked first: a file may be a hard link to that of a plugin which is then removed."""
    with tarfile.open(archive) as tar:
        tar.extractall(folder, filter="data")
    home = folder / _NAME
    for plugin in (home / "plugin").iterdir():
        if plugin.name not in PLUGINS:
            shutil.rmtree(plugin)
    return home
