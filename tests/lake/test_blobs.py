"""Delivered files are stored once, under their own hash."""

from __future__ import annotations

import hashlib
from pathlib import Path

from tallystick.lake.blobs import BlobStore
from tallystick.lake.storage import LocalStorage


def test_a_file_is_found_by_its_hash_and_stored_once(tmp_path: Path) -> None:
    store = BlobStore(LocalStorage(tmp_path / "blobs"))
    (tmp_path / "a.csv").write_bytes(b"x" * 5_000_000)
    (tmp_path / "b.csv").write_bytes(b"x" * 5_000_000)

    file_id = store.put(tmp_path / "a.csv")

    assert file_id == hashlib.sha256(b"x" * 5_000_000).hexdigest()
    assert store.put(tmp_path / "b.csv") == file_id
    assert store.storage.read(store.name(file_id)) == b"x" * 5_000_000
    assert [file.name for file in store.storage.list("")] == [store.name(file_id)]


def test_removing_twice_is_no_error(tmp_path: Path) -> None:
    store = BlobStore(LocalStorage(tmp_path / "blobs"))
    (tmp_path / "a.csv").write_text("a")
    file_id = store.put(tmp_path / "a.csv")
    store.remove(file_id)
    store.remove(file_id)
    assert not store.storage.exists(store.name(file_id))
