"""MariaDB, as Debian packages it: the database that CloudKitty's operators have. Root runs it as another user."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

from .process import Process, ServerError, free_ports

LOCAL_USERS = ("mysql", "nobody")


class MariaDB(Process):
    """A server whose ``root`` has no password. It restarts with what it committed; ``close`` removes it."""

    def __init__(self) -> None:
        account = _account()
        self._folder = Path(tempfile.mkdtemp(prefix="tally-mariadb-"))
        data = self._folder / "data"
        if account:
            shutil.chown(self._folder, account)
        _initialise(data, account)
        (self.port,) = free_ports(1)
        settings = {
            "datadir": data,
            "port": self.port,
            "bind-address": "127.0.0.1",
            "socket": self._folder / "socket",
            "pid-file": self._folder / "pid",
            "innodb-flush-log-at-trx-commit": 0,
        }
        command = [binary(), "--no-defaults", *(f"--{name}={value}" for name, value in settings.items())]
        super().__init__(command, self._folder / "log.txt", self._answers, user=account)

    def address(self, database: str) -> str:
        """Where a database is, as SQLAlchemy says it."""
        return f"mysql+pymysql://root@127.0.0.1:{self.port}/{database}?charset=utf8mb4"

    def create_database(self, name: str) -> str:
        """Make an empty database and give its address."""
        import pymysql

        with pymysql.connect(host="127.0.0.1", port=self.port, user="root") as connection:
            connection.cursor().execute(f"CREATE DATABASE `{name}` CHARACTER SET utf8mb4")
        return self.address(name)

    def close(self) -> None:
        """End it and remove its data."""
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _answers(self) -> None:
        import pymysql

        pymysql.connect(host="127.0.0.1", port=self.port, user="root", connect_timeout=5).close()


def binary() -> str:
    """The server's program. Raises ServerError when it is not installed."""
    found = shutil.which("mariadbd", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if found is None:
        raise ServerError("needs MariaDB. On Debian: apt-get install mariadb-server")
    return found


def _initialise(data: Path, account: str | None) -> None:
    options = ["--auth-root-authentication-method=normal", "--skip-test-db", f"--datadir={data}"]
    command = ["mariadb-install-db", "--no-defaults", *options, *([f"--user={account}"] if account else [])]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    if made.returncode:
        raise ServerError(f"mariadb-install-db failed:\n{made.stdout}{made.stderr}")


def _account() -> str | None:
    """The local user to run as; None for ourselves."""
    if os.geteuid():
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in LOCAL_USERS if name in known)
