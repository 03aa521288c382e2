"""PostgreSQL, as Debian packages it. It refuses to run as root, so root runs it as another user."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from .process import Process, ServerError, free_ports

DEBIAN = Path("/usr/lib/postgresql")
LOCAL_USERS = ("postgres", "nobody")


class Postgres(Process):
    """A PostgreSQL server with a role ``tally`` that may make databases and roles, and is no superuser.

    It restarts with what it committed; ``close`` removes it.
    """

    superuser = "postgres"
    user = "tally"
    password = "tally-secret"

    def __init__(self) -> None:
        self._account = _account()
        self._folder = Path(tempfile.mkdtemp(prefix="tally-postgres-"))
        if self._account:
            shutil.chown(self._folder, self._account)
        self._initialise()
        (self.port,) = free_ports(1)
        settings = {
            "port": self.port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self._folder),
            "fsync": "off",
            "max_connections": 200,
        }
        command = [str(binaries() / "postgres"), "-D", str(self._folder / "data")]
        command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        log = self._folder / "log.txt"
        super().__init__(command, log, self._answers, user=self._account, stop_signal=signal.SIGINT)

    def address(self, database: str) -> str:
        """Where a database is, as the setting ``catalog`` says it."""
        return self.address_for(self.user, database)

    def address_for(self, user: str, database: str) -> str:
        """Where a database is, for another role with the same password."""
        return f"postgresql://{user}:{self.password}@127.0.0.1:{self.port}/{database}"

    def create_database(self, name: str) -> str:
        """Make an empty database and give its address."""
        import psycopg
        from psycopg import sql

        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.address(name)

    def close(self) -> None:
        """End it and remove its data."""
        self.kill()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _initialise(self) -> None:
        secret = self._folder / "password"
        secret.write_text(self.password)
        if self._account:
            shutil.chown(secret, self._account)
        options = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync", f"--pwfile={secret}"]
        command = [
            str(binaries() / "initdb"),
            f"--pgdata={self._folder / 'data'}",
            f"--username={self.superuser}",
            *options,
        ]
        self._run(command)
        role = f"CREATE ROLE {self.user} LOGIN CREATEDB CREATEROLE PASSWORD '{self.password}'\n"
        self._run([str(binaries() / "postgres"), "--single", "-D", str(self._folder / "data"), "postgres"], role)

    def _run(self, command: list[str], lines: str = "") -> None:
        made = subprocess.run(
            command, user=self._account, cwd=self._folder, input=lines, capture_output=True, text=True, check=False
        )
        if made.returncode:
            raise ServerError(f"{Path(command[0]).name} failed:\n{made.stdout}{made.stderr}")

    def _answers(self) -> None:
        import psycopg

        psycopg.connect(self.address("postgres"), connect_timeout=5).close()


def binaries() -> Path:
    """The folder of the newest server that is installed. Raises ServerError when there is none."""
    found = sorted(DEBIAN.glob("*/bin/postgres"), key=lambda path: int(path.parents[1].name))
    on_path = shutil.which("postgres")
    if found:
        return found[-1].parent
    if on_path:
        return Path(on_path).resolve().parent
    raise ServerError("needs PostgreSQL. On Debian: apt-get install postgresql")


def _account() -> str | None:
    """The local user to run as; None for ourselves."""
    if os.geteuid():
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in LOCAL_USERS if name in known)
