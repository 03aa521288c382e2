"""Iceberg's own access to the files of tables in an object store: by the same file system and through the same cache.

Every file of an Iceberg table is written once, so a copy is as good as the object.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from pyiceberg.io.pyarrow import PyArrowFile, PyArrowFileIO, PyArrowLocalFileSystem

from tallystick.lake.cache import file_cache
from tallystick.lake.filesystems import Address, S3Options, filesystem
from tallystick.lake.objects import ObjectStorage

_ROOT, _CACHE, _LIMIT = "tally.root", "tally.cache", "tally.cache-bytes"
_ENDPOINT, _PATH_STYLE, _CA_BUNDLE = "tally.s3.endpoint", "tally.s3.path-style", "tally.s3.ca-bundle"
_METADATA = ".avro", ".metadata.json"


class LakeFileIO(PyArrowFileIO):
    """Files of one object storage, which the properties describe."""

    @property
    def storage(self) -> ObjectStorage:
        """The storage in which the tables lie."""
        return object_storage(frozenset((name, self.properties[name]) for name in _names & self.properties.keys()))

    def new_input(self, location: str) -> PyArrowFile:
        """A copy in the cache: of metadata always, of data where there is one already."""
        storage = self.storage
        name = storage.name(location)
        copy = storage.copy_of(name) if name.endswith(_METADATA) else storage.cache.find(name)
        if copy is None:
            return self.new_output(location)
        return PyArrowFile(location=location, path=str(copy), fs=PyArrowLocalFileSystem())

    def new_output(self, location: str) -> PyArrowFile:
        """The object itself."""
        return PyArrowFile(location=location, path=Address.parse(location).path, fs=self.storage.filesystem)

    def delete(self, location: object) -> None:
        """Remove an object and its copy."""
        self.storage.remove(self.storage.name(str(getattr(location, "location", location))))


_names = {_ROOT, _CACHE, _LIMIT, _ENDPOINT, _PATH_STYLE, _CA_BUNDLE}


def open_objects(address: str, s3: S3Options, cache: Path, cache_bytes: int) -> ObjectStorage:
    """The storage at the address of an object store, with a cache of at most so many bytes in a local folder."""
    properties = {_ROOT: address.rstrip("/"), _CACHE: str(cache), _LIMIT: str(cache_bytes)}
    if s3.endpoint:
        properties[_ENDPOINT] = s3.endpoint
    if s3.bucket_in_path:
        properties[_PATH_STYLE] = "true"
    if s3.ca_bundle:
        properties[_CA_BUNDLE] = str(s3.ca_bundle)
    return object_storage(frozenset(properties.items()))


@lru_cache
def object_storage(entries: frozenset[tuple[str, str]]) -> ObjectStorage:
    """The storage that the properties of a catalogue describe."""
    properties = dict(entries)
    bundle = properties.get(_CA_BUNDLE)
    s3 = S3Options(properties.get(_ENDPOINT), _PATH_STYLE in properties, Path(bundle) if bundle else None)
    address = Address.parse(properties[_ROOT])
    return ObjectStorage(
        properties[_ROOT],
        address.path,
        filesystem(address, s3),
        file_cache(Path(properties[_CACHE]), int(properties[_LIMIT])),
        properties | {"py-io-impl": f"{LakeFileIO.__module__}.{LakeFileIO.__qualname__}"},
    )
