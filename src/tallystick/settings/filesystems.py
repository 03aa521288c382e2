"""Refuses a home on a network file system, where SQLite's locks and its write-ahead log do not hold."""

from __future__ import annotations

import re
from pathlib import Path

from tallystick.errors import ConfigError

_NAMES = """
    nfs nfs4 cifs smb smb2 smb3 smbfs 9p afs ceph davfs glusterfs lustre beegfs gpfs orangefs
    fuse.sshfs fuse.s3fs fuse.rclone fuse.glusterfs fuse.ceph-fuse fuse.davfs2 fuse.gcsfuse fuse.mount-s3 fuse.juicefs
"""
NETWORK_FILE_SYSTEMS = frozenset(_NAMES.split())
_MOUNTS = Path("/proc/mounts")


def refuse_network_home(home: Path, mounts: Path = _MOUNTS) -> None:
    """Raises ConfigError if ``home`` lies on a network file system. Where there is no list of mounts, all is well."""
    try:
        table = mounts.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return
    point, kind = _mount_of(home.resolve(), table)
    if kind in NETWORK_FILE_SYSTEMS:
        raise ConfigError(
            f"{home}: the home lies on a network file system ({kind}, mounted at {point}), on which SQLite can lose"
            " data; set TALLY_HOME to a folder on a local disk"
        )


def _mount_of(path: Path, table: str) -> tuple[Path, str]:
    """The mount point that holds ``path`` and its type: the deepest; of two at one point, the later."""
    best = Path("/"), ""
    for line in table.splitlines():
        _, point_text, kind, *_ = line.split(" ")
        point = Path(re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), point_text))
        if path.is_relative_to(point) and len(point.parts) >= len(best[0].parts):
            best = point, kind
    return best
