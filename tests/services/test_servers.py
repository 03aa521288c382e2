"""What tests and chaos rely on: a server that was killed comes back with what it had promised to keep."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import redis

from servers.keystone import Keystone
from servers.postgres import Postgres
from servers.redis import Redis
from servers.seaweedfs import SeaweedFS
from servers.trino import CONNECTOR, Trino

pytestmark = pytest.mark.services


def test_postgresql_keeps_what_was_committed(postgres_server: Postgres) -> None:
    address = postgres_server.create_database("killed")
    with psycopg.connect(address) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
    postgres_server.restart()
    with psycopg.connect(address) as connection:
        assert connection.execute("SELECT one FROM kept").fetchall() == [(1,)]


def test_objects_outlive_their_server(s3_server: SeaweedFS) -> None:
    s3_server.create_bucket("killed")
    client = s3_server.client()
    client.put_object(Bucket="killed", Key="a/b", Body=b"kept")
    s3_server.restart()
    assert client.get_object(Bucket="killed", Key="a/b")["Body"].read() == b"kept"


def test_redis_forgets(redis_server: Redis) -> None:
    client = redis.Redis.from_url(redis_server.address)
    client.set("a", 1)
    redis_server.restart()
    assert client.get("a") is None


def test_trino_computes_on_its_worker(trino_server: Trino) -> None:
    assert trino_server.query("SELECT node_id, coordinator FROM system.runtime.nodes ORDER BY 1") == [
        ["coordinator", True],
        ["worker-1", False],
    ]


def test_trino_comes_back_with_its_catalogues(trino_server: Trino) -> None:
    trino_server.create_catalog("numbers", {CONNECTOR: "tpch"})
    trino_server.restart()
    assert trino_server.query("SELECT count(*) FROM numbers.tiny.nation") == [[25]]


def test_keystone_keeps_its_users_and_tokens(keystone_server: Keystone) -> None:
    project = keystone_server.create_project("killed")
    account = keystone_server.create_user("survivor", {project: ["member"]})
    token = keystone_server.token(account)
    keystone_server.restart()
    assert keystone_server.token(account) != token
    keystone_server.revoke(token)


def test_a_server_ends_with_the_program_that_was_killed(tmp_path: Path) -> None:
    program = (
        "import os, pathlib, signal, sys; from servers.redis import Redis\n"
        "server = Redis(pathlib.Path(sys.argv[1])); server.start(); print(server.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    tests = str(Path(__file__).parents[1])
    ended = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], cwd=tests, capture_output=True, text=True, check=False
    )
    server = Path("/proc") / ended.stdout.strip()
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    end = time.monotonic() + 60
    while server.exists() and time.monotonic() < end:
        time.sleep(0.2)
    assert not server.exists()
