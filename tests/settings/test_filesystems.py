"""A home on a network file system is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from tallystick.errors import ConfigError
from tallystick.settings.filesystems import refuse_network_home

MOUNTS = r"""
/dev/sda1 / ext4 rw 0 0
server:/export /data nfs4 rw 0 0
/dev/sdb1 /data/fast xfs rw 0 0
//server/share /mnt/my\040share cifs rw 0 0
me@host: /home/me/remote fuse.sshfs rw 0 0
/dev/sdc1 /over ext4 rw 0 0
host /over 9p rw 0 0
""".lstrip()


@pytest.mark.parametrize(
    ("home", "kind"),
    [
        ("/srv/tally", None),
        ("/data/tally", "nfs4"),
        ("/data", "nfs4"),
        ("/database", None),
        ("/data/fast/tally", None),
        ("/mnt/my share/tally", "cifs"),
        ("/home/me/remote/tally", "fuse.sshfs"),
        ("/over/tally", "9p"),
    ],
)
def test_the_deepest_mount_decides(tmp_path: Path, home: str, kind: str | None) -> None:
    mounts = tmp_path / "mounts"
    mounts.write_text(MOUNTS)
    if kind is None:
        refuse_network_home(Path(home), mounts)
    else:
        with pytest.raises(ConfigError, match=rf"network file system \({kind}, .*TALLY_HOME"):
            refuse_network_home(Path(home), mounts)


def test_where_mounts_cannot_be_read_nothing_is_refused(tmp_path: Path) -> None:
    refuse_network_home(tmp_path, tmp_path / "absent")
