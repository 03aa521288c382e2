"""S3 over TLS with certificates of one's own, the bucket in the path or in the host name."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from servers.process import free_ports
from servers.seaweedfs import SeaweedFS
from tallystick.lake.fileio import open_objects
from tallystick.lake.filesystems import S3Options
from tallystick.sources.s3 import S3Store

pytestmark = pytest.mark.services


@dataclass(frozen=True)
class Secured:
    """Where the server listens for TLS, and whom it must be trusted by."""

    port: int
    authority: Path


def openssl(folder: Path, command: str) -> None:
    subprocess.run(["openssl", *command.split()], cwd=folder, check=True, capture_output=True)


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    folder = tmp_path_factory.mktemp("tls")
    names = "subjectAltName=IP:127.0.0.1,DNS:s3.localhost,DNS:*.s3.localhost"
    (folder / "names").write_text(names)
    openssl(folder, "req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -days 2 -subj /CN=authority")
    openssl(folder, "req -newkey rsa:2048 -nodes -keyout server.key -out server.csr -subj /CN=s3.localhost")
    openssl(folder, "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -out server.pem -extfile names")
    (port,) = free_ports(1)
    options = {
        "port.https": port,
        "cert.file": folder / "server.pem",
        "key.file": folder / "server.key",
        "domainName": "s3.localhost",
    }
    (folder / "data").mkdir()
    with SeaweedFS(folder / "data", *(f"-s3.{name}={value}" for name, value in options.items())) as server:
        server.create_bucket("secured")
        with pytest.MonkeyPatch.context() as patch:
            for name, value in server.environment.items():
                patch.setenv(name, value)
            yield Secured(port, folder / "ca.pem")


@pytest.mark.parametrize(("host", "path_style"), [("127.0.0.1", True), ("s3.localhost", False)], ids=["path", "host"])
def test_a_lake(secured: Secured, host: str, path_style: bool, tmp_path: Path) -> None:
    options = S3Options(f"https://{host}:{secured.port}", path_style, secured.authority)
    storage = open_objects(f"s3://secured/{host}", options, tmp_path, 10**6)
    with storage.writing("a") as path:
        path.write_bytes(b"kept")
    assert [file.name for file in storage.list("")] == ["a"]
    assert len(storage.sha256("a")) == 64


def test_bills(secured: Secured, tmp_path: Path) -> None:
    options = S3Options(f"https://127.0.0.1:{secured.port}", path_style=True, ca_bundle=secured.authority)
    with open_objects("s3://secured/bills", options, tmp_path, 10**6).writing("a.csv") as path:
        path.write_bytes(b"kept")
    store = S3Store("s3://secured/bills", tmp_path, options)
    (entry,) = store.entries()
    assert store.fetch(entry).read_bytes() == b"kept"
