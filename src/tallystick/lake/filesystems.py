"""From an address to the file system that answers for it: S3, Azure Blob, Google Cloud Storage.

Credentials are not settings: they come from each provider's own chain (environment, profile, the machine's role).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from pathlib import Path
from typing import Self

from pyarrow import fs

from tallystick.errors import ConfigError

ATTEMPTS = 8
"""How often a request is made before it fails; the waits between rise, to half a minute together."""
PATIENCE = timedelta(seconds=30)
"""The same for Google, whose client counts the time."""
_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
_REGIONS = ("AWS_REGION", "AWS_DEFAULT_REGION")


@dataclass(frozen=True, slots=True)
class S3Options:
    """Where ``s3://`` addresses lead, for every client of S3 in the process."""

    endpoint_url: str | None = None
    """None: the environment's ``AWS_ENDPOINT_URL``, else AWS itself."""
    path_style: bool = False
    """Put the bucket into the path. A server that only the environment names is always spoken to so."""
    ca_bundle: Path | None = None
    """Certificates to trust instead of the system's."""

    @property
    def endpoint(self) -> str | None:
        """The server to speak to; None is AWS."""
        return self.endpoint_url or self._of_environment

    @property
    def bucket_in_path(self) -> bool:
        """Whether the bucket stands in the path and not in the host name."""
        return self.path_style or (self.endpoint_url is None and self._of_environment is not None)

    @property
    def _of_environment(self) -> str | None:
        return next((os.environ[name] for name in _ENDPOINTS if os.environ.get(name)), None)


@dataclass(frozen=True, slots=True)
class Address:
    """A place in an object store: ``s3://bucket/key``, ``gs://bucket/key``, ``abfss://container@account.host/key``."""

    scheme: str
    authority: str
    key: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises ConfigError for what names no bucket or container."""
        scheme, _, rest = text.partition("://")
        authority, _, key = rest.partition("/")
        if not authority or (scheme in _AZURE and not all(authority.partition("@"))):
            wanted = "abfss://container@account.dfs.core.windows.net/prefix" if scheme in _AZURE else "a bucket"
            raise ConfigError(f"{text} is not the address of an object store; it needs {wanted}")
        return cls(scheme, authority, key.strip("/"))

    @property
    def bucket(self) -> str:
        """The bucket or container."""
        return self.authority.partition("@")[0]

    @property
    def path(self) -> str:
        """The place as its file system knows it."""
        return f"{self.bucket}/{self.key}".rstrip("/")


_AZURE = ("abfs", "abfss")


def filesystem(address: Address, s3: S3Options) -> fs.FileSystem:
    """The file system that answers for an address. Raises ConfigError for a scheme that is not known."""
    if address.scheme == "s3":
        return _s3(address.bucket, s3.endpoint, s3.bucket_in_path, s3.ca_bundle)
    if address.scheme == "gs":
        return _gcs(os.environ.get("STORAGE_EMULATOR_HOST"))
    if address.scheme in _AZURE:
        return fs.AzureFileSystem(**azure_properties(address, os.environ.get("AZURE_STORAGE_CONNECTION_STRING", "")))
    raise ConfigError(f"addresses that begin with {address.scheme}:// are not known; there are s3, abfss and gs")


def _gcs(emulator: str | None) -> fs.GcsFileSystem:
    """Google Cloud Storage, or the emulator that Google's own clients would speak to, as anybody."""
    if not emulator:
        return fs.GcsFileSystem(retry_time_limit=PATIENCE)
    scheme, _, host = emulator.rpartition("://")
    return fs.GcsFileSystem(
        anonymous=True, scheme=scheme or "http", endpoint_override=host.rstrip("/"), retry_time_limit=PATIENCE
    )


@lru_cache
def _s3(bucket: str, endpoint: str | None, path_style: bool, ca_bundle: Path | None) -> fs.S3FileSystem:
    trusted = {"tls_ca_file_path": str(ca_bundle)} if ca_bundle else {}
    return fs.S3FileSystem(
        endpoint_override=endpoint,
        region=_region(bucket, endpoint),
        force_virtual_addressing=not path_style,
        allow_delayed_open=True,  # what is small is put in one request
        retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=ATTEMPTS),
        **trusted,
    )


def _region(bucket: str, endpoint: str | None) -> str | None:
    """The region of the environment, else the one in which AWS has the bucket."""
    named = next((os.environ[name] for name in _REGIONS if os.environ.get(name)), None)
    if named or endpoint:
        return named or "us-east-1"
    try:
        return str(fs.resolve_s3_region(bucket))
    except OSError:
        return None


def azure_properties(address: Address, connection_string: str) -> dict[str, str]:
    """What opens the storage account of an address: a connection string names key and servers, an emulator's too.

    Without one the account is opened with Azure's default credential.
    """
    account, _, host = address.authority.partition("@")[2].partition(".")
    properties = {"account_name": account}
    given = dict(entry.split("=", 1) for entry in connection_string.split(";") if "=" in entry)
    if given.get("AccountName", account) != account:
        given = {}
    if "AccountKey" in given:
        properties["account_key"] = given["AccountKey"]
    elif "SharedAccessSignature" in given:
        properties["sas_token"] = given["SharedAccessSignature"]
    if "BlobEndpoint" in given:
        scheme, _, authority = given["BlobEndpoint"].partition("://")
        server = authority.partition("/")[0]
        for service in ("blob", "dfs"):
            properties |= {f"{service}_storage_scheme": scheme, f"{service}_storage_authority": server}
    elif suffix := host.partition(".")[2]:
        properties |= {"blob_storage_authority": f".blob.{suffix}", "dfs_storage_authority": f".dfs.{suffix}"}
    return properties
