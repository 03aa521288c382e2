"""An S3 prefix or object as a store, through boto3 (extra ``aws``).

Credentials, region and ``AWS_ENDPOINT_URL`` come from boto3's own chain; with an endpoint of one's own, addresses are
path style, as such servers expect. Only what is asked for is fetched.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from tallystick.errors import ConfigError, NotFoundError
from tallystick.sources.stores import Entry

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")


class S3Store:
    """``s3://bucket/prefix`` or ``s3://bucket/object``; fetched objects lie in the workspace."""

    def __init__(self, address: str, workspace: Path) -> None:
        self.bucket, _, prefix = address.removeprefix("s3://").partition("/")
        self.prefix = prefix.lstrip("/")
        self.address = address
        self.workspace = workspace / "s3"
        self._client = _connect()
        if not self.bucket:
            raise ConfigError(f"{address} names no bucket; give s3://bucket/prefix")

    def entries(self) -> list[Entry]:
        """The object, or the objects below the prefix taken as a folder."""
        folder = f"{self.prefix.rstrip('/')}/" if self.prefix else ""
        entries = [entry for entry in self._listed(self.prefix) if self._is_wanted(entry, folder)]
        if not entries:
            raise NotFoundError(f"there is nothing at {self.address}")
        return entries

    def fetch(self, entry: Entry) -> Path:
        """Download the object, once."""
        target = self.workspace.joinpath(*entry.address.parts)
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            with _explained(self.address):
                self._client.download_file(self.bucket, self._key(entry), str(target))
        return target

    def _listed(self, prefix: str) -> Iterator[Entry]:
        with _explained(self.address):
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix):
                for item in page.get("Contents", ()):
                    path = PurePosixPath(self.bucket, item["Key"].lstrip("/"))
                    if not item["Key"].endswith("/"):
                        yield Entry(item["Key"], path, item["Size"], item["LastModified"])

    def _is_wanted(self, entry: Entry, folder: str) -> bool:
        if entry.name == self.prefix:
            return True
        inner = entry.name.removeprefix(folder)
        return entry.name.startswith(folder) and not any(part.startswith((".", "_")) for part in inner.split("/"))

    @staticmethod
    def _key(entry: Entry) -> str:
        return entry.name


def _connect() -> S3Client:
    try:
        import boto3
        from botocore.config import Config
    except ImportError as error:
        raise ConfigError("reading s3:// addresses needs boto3: pip install 'tallystick[aws]'") from error
    own_endpoint = any(os.environ.get(name) for name in _ENDPOINTS)
    config = Config(
        s3={"addressing_style": "path" if own_endpoint else "auto"}, retries={"mode": "standard", "max_attempts": 5}
    )
    return boto3.client("s3", config=config)


@contextmanager
def _explained(address: str) -> Iterator[None]:
    """S3's errors as ours."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in ("NoSuchBucket", "NoSuchKey", "404"):
            raise NotFoundError(f"there is nothing at {address} ({code})") from error
        raise ConfigError(f"{address} cannot be read: {error}") from error
    except BotoCoreError as error:
        raise ConfigError(f"{address} cannot be read: {error}; check the AWS_* settings") from error
