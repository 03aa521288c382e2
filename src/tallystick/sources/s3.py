"""An S3 prefix or object as a store, through boto3 (extra ``aws``).

Credentials and region come from boto3's own chain, where the addresses lead from the settings ``s3.*``. Only what is
asked for and not known is fetched.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Literal

from tallystick.errors import ConfigError, NotFoundError, UnavailableError
from tallystick.lake.filesystems import ATTEMPTS, S3Options
from tallystick.sources.stores import Entry, Known, ObjectVersion, is_hidden

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client


class S3Store:
    """``s3://bucket/prefix`` or ``s3://bucket/object``; fetched objects lie in the workspace."""

    def __init__(self, address: str, workspace: Path, options: S3Options, known: Known | None = None) -> None:
        self.bucket, _, prefix = address.removeprefix("s3://").partition("/")
        if not self.bucket:
            raise ConfigError(f"{address} names no bucket; give s3://bucket/prefix")
        self.prefix = prefix
        self.address = address
        self.workspace = workspace / "s3"
        self._client = _connect(options)
        self._known = known
        self._keys: dict[Entry, str] = {}

    def entries(self) -> list[Entry]:
        """The object, or the objects below the prefix taken as a folder."""
        folder = f"{self.prefix.rstrip('/')}/" if self.prefix.strip("/") else ""
        for key, size, modified, tag in self._listed():
            relative = PurePosixPath(key).name if key == self.prefix else key.removeprefix(folder).lstrip("/")
            wanted = key == self.prefix or key.startswith(folder)
            if wanted and not key.endswith("/") and not is_hidden(PurePosixPath(relative).parts):
                place = PurePosixPath(self.bucket, key.lstrip("/"))
                version = ObjectVersion(f"s3://{self.bucket}/{key}", tag, size)
                self._keys[Entry(relative, place, size, modified, version)] = key
        if not self._keys:
            raise NotFoundError(f"there is nothing at {self.address}")
        return list(self._keys)

    def fetch(self, entry: Entry) -> Path:
        """Download the object, once, unless it is known."""
        if self._known is not None and entry.version is not None:
            found = self._known.find(entry.version)
            if found is not None:
                return found
        target = self.workspace / hashlib.sha256(self._keys[entry].encode()).hexdigest()
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            self._download(self._keys[entry], target)
        return target

    def _download(self, key: str, target: Path) -> None:
        with _explained(self.address):
            self._client.download_file(self.bucket, key, str(target))

    def _listed(self) -> Iterator[tuple[str, int, datetime, str]]:
        prefix = self.prefix if self.prefix.strip("/") else ""
        with _explained(self.address):
            for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=prefix):
                for item in page.get("Contents", ()):
                    yield item["Key"], item["Size"], item["LastModified"], item["ETag"]


def _connect(options: S3Options) -> S3Client:
    try:
        import boto3
        from botocore.config import Config
    except ImportError as error:
        raise ConfigError("reading s3:// addresses needs boto3: pip install 'tallystick[aws]'") from error
    own_style: Literal["path", "virtual"] = "path" if options.bucket_in_path else "virtual"
    config = Config(
        s3={"addressing_style": own_style if options.endpoint else "auto"},
        retries={"mode": "standard", "max_attempts": ATTEMPTS},
    )
    verify = str(options.ca_bundle) if options.ca_bundle else None
    return boto3.Session().client("s3", endpoint_url=options.endpoint, verify=verify, config=config)


@contextmanager
def _explained(address: str) -> Iterator[None]:
    """S3's errors as ours."""
    from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError

    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        if code in ("NoSuchBucket", "NoSuchKey", "404"):
            raise NotFoundError(f"there is nothing at {address} ({code})") from error
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        kind = UnavailableError if status >= 500 else ConfigError
        raise kind(f"{address} cannot be read: {error}") from error
    except (ConnectionError, HTTPClientError) as error:
        raise UnavailableError(f"{address} cannot be reached: {error}; check the s3 and AWS_* settings") from error
    except BotoCoreError as error:
        raise ConfigError(f"{address} cannot be read: {error}; check the AWS_* settings") from error
