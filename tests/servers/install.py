"""What the servers of the tests need here: Debian's packages where root asks, and what the package indexes have.

Run by ``make test-services``, and with ``conformance`` by ``make test-conformance``, which needs more. Prints what is
missing and ends with 1 when it cannot install it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable

from . import environments
from .archive import elasticsearch_home, trino_home
from .influxdb import binary as influxdb_binary
from .java import java, java_between
from .mariadb import binary as mariadb_binary
from .postgres import binaries
from .process import ServerError
from .prometheus import binary as prometheus_binary
from .redis import binary as redis_binary
from .seaweedfs import weed

PACKAGES: dict[str, Callable[[], object]] = {
    "postgresql": binaries,
    "redis-server": redis_binary,
    "prometheus": prometheus_binary,
}
FOR_CONFORMANCE: dict[str, Callable[[], object]] = {
    "mariadb-server": mariadb_binary,
    "influxdb": influxdb_binary,
    "openjdk-17-jre-headless": lambda: java_between(11, 17),
}


def main(conformance: bool) -> int:
    """Install what is missing."""
    packages = PACKAGES | FOR_CONFORMANCE if conformance else PACKAGES
    missing = [package for package, find in packages.items() if not _found(find)]
    if missing and not _apt_get(missing):
        print(f"The service tests need servers. On Debian: apt-get install {' '.join(missing)}", file=sys.stderr)
        return 1
    try:
        print("Fetching Trino, if it is not there")
        trino_home()
        if conformance:
            print("Fetching Elasticsearch, if it is not there")
            elasticsearch_home()
        weed()
        java()
        print("Installing Keystone, Gnocchi, CloudKitty and OpenStack's client, if they are not there")
        for name in environments.NAMES:
            environments.made(name)
    except ServerError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _found(find: Callable[[], object]) -> bool:
    try:
        find()
    except ServerError:
        return False
    return True


def _apt_get(packages: list[str]) -> bool:
    """Whether they could be installed. Debian starts no server of a package that is installed this way."""
    if os.geteuid() or not shutil.which("apt-get"):
        return False
    print(f"Installing {' '.join(packages)}")
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    commands = [["apt-get", "update", "-qq"], ["apt-get", "install", "-qq", "-y", "--no-install-recommends", *packages]]
    return all(
        subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False).returncode == 0
        for command in commands
    )


if __name__ == "__main__":
    sys.exit(main("conformance" in sys.argv[1:]))
