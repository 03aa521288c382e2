"""Storages: the same promises below a local folder and in an object store."""

from __future__ import annotations

import os
import uuid
from pathlib import Path

import pytest

from tallystick.errors import ConfigError, NotFoundError, UnavailableError
from tallystick.lake.cache import FileCache
from tallystick.lake.fileio import open_objects
from tallystick.lake.filesystems import S3Options
from tallystick.lake.objects import explained
from tallystick.lake.storage import LocalStorage, Storage


@pytest.fixture(params=["local", *(pytest.param(kind, marks=pytest.mark.services) for kind in ("s3", "azure"))])
def storage(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Storage:
    if request.param == "local":
        return LocalStorage(tmp_path / "files")
    server = request.getfixturevalue(f"{request.param}_server")
    if request.param == "s3":
        server.create_bucket("lake")
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    root = "s3://lake" if request.param == "s3" else server.address("lake")
    return open_objects(f"{root}/{uuid.uuid4().hex}/", S3Options(), tmp_path / "cache", 10**9)


def write(storage: Storage, name: str, data: bytes) -> None:
    with storage.writing(name) as path:
        path.write_bytes(data)


@pytest.mark.parametrize("size", [0, 1, 11_000_000], ids=str)
def test_what_is_written_is_read(storage: Storage, size: int) -> None:
    data = os.urandom(size)
    write(storage, "a/b.csv.gz", data)
    assert (storage.exists("a/b.csv.gz"), storage.size("a/b.csv.gz")) == (True, size)
    assert storage.read("a/b.csv.gz") == data
    with storage.reading() as reading:
        (path,) = reading.local(["a/b.csv.gz"])
        assert path == reading.folder / "a/b.csv.gz"
        assert path.read_bytes() == data


def test_names_and_addresses(storage: Storage) -> None:
    below = storage.below("one").below("two")
    write(below, "file", b"x")
    assert storage.uri("one/two/file") == below.uri("file")
    assert (storage.name(below.uri("file")), below.name(below.uri("file"))) == ("one/two/file", "file")


def test_lists(storage: Storage) -> None:
    for name in ("t/a.parquet", "t/b/c.parquet", "t/b/d/e", "u/f"):
        write(storage, name, name.encode())
    assert {file.name: file.size for file in storage.list("t")} == {
        "t/a.parquet": 11,
        "t/b/c.parquet": 13,
        "t/b/d/e": 7,
    }
    found = storage.children(["t", "t/b", "nowhere"])
    assert {folder: [file.name for file in files] for folder, files in found.items()} == {
        "t": ["t/a.parquet"],
        "t/b": ["t/b/c.parquet"],
        "nowhere": [],
    }
    assert list(storage.list("nowhere")) == []
    assert len(list(storage.list(""))) == 4


def test_an_exception_leaves_nothing(storage: Storage) -> None:
    def fail() -> None:
        with storage.writing("a") as path:
            path.write_bytes(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert (storage.exists("a"), list(storage.list(""))) == (False, [])


def test_removing_twice_is_no_error_and_what_is_gone_is_not_found(storage: Storage) -> None:
    write(storage, "a/b", b"x")
    storage.remove("a/b")
    storage.remove("a/b")
    assert not storage.exists("a/b")
    for look in (storage.read, storage.size):
        with pytest.raises(NotFoundError, match="a/b"):
            look("a/b")


@pytest.mark.parametrize(
    ("reason", "error"),
    [
        ("AWS Error ACCESS_DENIED during HeadObject", ConfigError),
        ("AWS Error NETWORK_CONNECTION: curlCode: 60, SSL peer certificate was not OK", ConfigError),
        ("AWS Error SLOW_DOWN during PutObject", UnavailableError),
        ("AWS Error NETWORK_CONNECTION: curlCode: 7", UnavailableError),
    ],
)
def test_errors_name_the_address(reason: str, error: type[Exception]) -> None:
    with pytest.raises(error, match="s3://bucket/key"), explained("s3://bucket/key"):
        raise OSError(reason)


def copy(cache: FileCache, key: str, size: int, age: float = 3600) -> Path:
    path = cache.get(key, lambda target: target.write_bytes(b"x" * size) and None)
    moment = path.stat().st_mtime - age
    os.utime(path, (moment, moment))
    return path


def test_the_longest_unused_copies_go_first(tmp_path: Path) -> None:
    cache = FileCache(tmp_path, limit=100)
    old, used, fresh = (
        copy(cache, "old", 40, age=9000),
        copy(cache, "used", 40, age=8000),
        copy(cache, "fresh", 40, age=0),
    )
    assert cache.find("used") == used
    os.utime(used, (used.stat().st_atime, used.stat().st_mtime - 100))
    cache.sweep()
    assert [path.exists() for path in (old, used, fresh)] == [False, True, True]


def test_what_a_reader_holds_stays(tmp_path: Path) -> None:
    cache = FileCache(tmp_path, limit=10)
    hold = cache.hold()
    held = hold.link(copy(cache, "a/b", 40), "a/b")
    copy(cache, "c", 40)
    cache.sweep()
    assert (held.read_bytes(), cache.find("c")) == (b"x" * 40, None)
    hold.close()
    hold.close()
    assert not held.exists()


def test_holds_of_the_dead_are_removed(tmp_path: Path) -> None:
    cache = FileCache(tmp_path, limit=10**9)
    alive, dead = cache.hold(), cache.hold()
    for hold in (alive, dead):
        lock = Path(hold._lock.name)
        os.utime(lock, (0, 0))
    dead._lock.close()
    cache.sweep()
    assert (alive.folder.exists(), dead.folder.exists()) == (True, False)


def test_a_copy_is_fetched_once(tmp_path: Path) -> None:
    cache = FileCache(tmp_path, limit=10**9)
    fetched: list[str] = []

    def fetch(target: Path) -> None:
        fetched.append("once")
        target.write_bytes(b"x")

    assert cache.get("a/b", fetch) == cache.get("a/b", fetch)
    assert fetched == ["once"]


def test_a_failed_fetch_leaves_nothing(tmp_path: Path) -> None:
    cache = FileCache(tmp_path, limit=10**9)

    def fail(target: Path) -> None:
        target.write_bytes(b"half")
        raise NotFoundError("gone")

    with pytest.raises(NotFoundError):
        cache.get("a", fail)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
