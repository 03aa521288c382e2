"""Addresses of object stores, and what opens them."""

from __future__ import annotations

from pathlib import Path

import pytest
from pyarrow import fs

from tallystick.errors import ConfigError
from tallystick.lake import filesystems
from tallystick.lake.filesystems import Address, S3Options, azure_properties, filesystem

ABFSS = "abfss://lake@company.dfs.core.windows.net/tally"


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("s3://bucket", "bucket"),
        ("s3://bucket/pre/fix/", "bucket/pre/fix"),
        ("gs://bucket/prefix", "bucket/prefix"),
        (ABFSS, "lake/tally"),
    ],
)
def test_the_path_below_an_address(text: str, path: str) -> None:
    assert Address.parse(text).path == path


@pytest.mark.parametrize("text", ["s3://", "s3:///key", "abfss://container/path", "abfss://@account/path"])
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(ConfigError, match="is not the address of an object store"):
        Address.parse(text)


@pytest.mark.parametrize(
    ("address", "kind"), [("s3://b/k", fs.S3FileSystem), ("gs://b/k", fs.GcsFileSystem), (ABFSS, fs.AzureFileSystem)]
)
def test_each_scheme_has_its_file_system(address: str, kind: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    assert type(filesystem(Address.parse(address), S3Options())) is kind


def test_another_scheme_is_refused() -> None:
    with pytest.raises(ConfigError, match="http:// are not known"):
        filesystem(Address.parse("http://host/path"), S3Options())


@pytest.mark.parametrize(
    ("options", "environment", "endpoint", "virtual"),
    [
        (S3Options(), "", None, True),
        (S3Options(path_style=True), "", None, False),
        (S3Options("https://s3.example.com"), "", "https://s3.example.com", True),
        (S3Options("https://s3.example.com", path_style=True), "http://other", "https://s3.example.com", False),
        (S3Options(), "http://minio:9000", "http://minio:9000", False),
    ],
)
def test_where_s3_leads(
    options: S3Options, environment: str, endpoint: str | None, virtual: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", environment)
    monkeypatch.delenv("AWS_ENDPOINT_URL_S3", raising=False)
    given: dict[str, object] = {}
    monkeypatch.setattr(filesystems.fs, "S3FileSystem", lambda **properties: given.update(properties))
    filesystems._s3.cache_clear()
    filesystem(Address.parse("s3://bucket"), options)
    filesystems._s3.cache_clear()
    assert (given["endpoint_override"], given["force_virtual_addressing"]) == (endpoint, virtual)
    assert given["region"] == "eu-central-1"


def test_a_certificate_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, object] = {}
    monkeypatch.setattr(filesystems.fs, "S3FileSystem", lambda **properties: given.update(properties))
    filesystems._s3.cache_clear()
    filesystem(Address.parse("s3://bucket"), S3Options("https://s3.example.com", ca_bundle=tmp_path / "ca.pem"))
    filesystems._s3.cache_clear()
    assert given["tls_ca_file_path"] == str(tmp_path / "ca.pem")


EMULATOR = (
    "DefaultEndpointsProtocol=http;AccountName=company;AccountKey=a2V5==;BlobEndpoint=http://127.0.0.1:10000/company;"
)
SERVERS = {"blob_storage_authority": ".blob.core.windows.net", "dfs_storage_authority": ".dfs.core.windows.net"}


@pytest.mark.parametrize(
    ("connection_string", "properties"),
    [
        ("", SERVERS),
        ("AccountName=other;AccountKey=a2V5", SERVERS),
        ("AccountName=company;AccountKey=a2V5;EndpointSuffix=core.windows.net", {"account_key": "a2V5"} | SERVERS),
        ("SharedAccessSignature=sv=1&sig=2", {"sas_token": "sv=1&sig=2"} | SERVERS),
        (
            EMULATOR,
            {
                "account_key": "a2V5==",
                "blob_storage_scheme": "http",
                "blob_storage_authority": "127.0.0.1:10000",
                "dfs_storage_scheme": "http",
                "dfs_storage_authority": "127.0.0.1:10000",
            },
        ),
    ],
    ids=["default", "of another account", "key", "signature", "emulator"],
)
def test_what_opens_a_storage_account(connection_string: str, properties: dict[str, str]) -> None:
    assert azure_properties(Address.parse(ABFSS), connection_string) == {"account_name": "company"} | properties
