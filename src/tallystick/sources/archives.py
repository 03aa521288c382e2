"""Unpacking under limits: gzip streams, zip and tar archives.

An archive is judged by its directory before anything is written: members that climb out of the folder, links, devices,
too many members or more bytes promised than the limit refuse the whole. What lies about its size, and a stream that
has no directory, stops at the limit while unpacking. Streams are read to their end and their checksums compared,
because DuckDB takes a cut-off gzip file for a complete one.
"""

from __future__ import annotations

import errno
import lzma
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from tallystick.errors import Place, RefusedError
from tallystick.sources.delivery import Limits
from tallystick.sources.header import Header, csv_header, first_bytes, is_gzip, is_parquet, is_zip, read_header

_CHUNK = 2**18
_TAR_MAGIC = slice(257, 262)
_OF_MEMBERS = None, errno.EEXIST, errno.ENAMETOOLONG, errno.ENOTDIR, errno.EISDIR
"""The errors of an operating system that are an archive's fault; those of bzip2 and gzip have no number."""


def _is_tar(path: Path, name: str) -> bool:
    """Whether a file, unpacked if it is gzip, begins as a tar archive."""
    return path.stat().st_size > 0 and first_bytes(path, name, 512)[_TAR_MAGIC] == b"ustar"


def is_folder_archive(path: Path, name: str, limits: Limits) -> bool:
    """Whether a file is an archive to be opened like a folder: a tar, or a zip that holds several files."""
    if is_zip(path):
        with _damage(name), zipfile.ZipFile(path) as archive:
            return len(_zip_members(archive, name, limits)) != 1
    return not is_parquet(path) and _is_tar(path, name)


def unpack_folder(path: Path, name: str, target: Path, limits: Limits) -> None:
    """Unpack a tar or zip archive into an empty folder. Raises RefusedError; what was written then is worthless."""
    if is_zip(path):
        with _damage(name), zipfile.ZipFile(path) as archive:
            for member in _zip_members(archive, name, limits):
                with archive.open(member) as stream:
                    _copy(stream, _below(target, member.filename), name, limits)
    else:
        _unpack_tar(path, name, target, limits)


def unpack_file(path: Path, name: str, workspace: Path, limits: Limits) -> Path | None:
    """The plain copy of a compressed data file in the workspace, or None for a file that is not compressed.

    Raises RefusedError for a damaged stream, or one that goes beyond the limit.
    """
    target = workspace / f"{path.name}.unpacked"
    if is_gzip(path):
        _gunzip(path, name, target, limits)
    elif is_zip(path):
        with _damage(name), zipfile.ZipFile(path) as archive:
            members = _zip_members(archive, name, limits)
            if len(members) != 1:
                raise RefusedError(Place(name), f"the archive holds {len(members)} files; expected one table")
            with archive.open(members[0]) as stream:
                _copy(stream, target, name, limits)
    else:
        return None
    return target


def _gunzip(path: Path, name: str, target: Path, limits: Limits) -> None:
    left = limits.unpacked_bytes
    with path.open("rb") as source, target.open("wb") as sink:
        inflater = zlib.decompressobj(31)
        block = source.read(_CHUNK)
        while block:
            piece = _inflate(inflater, block, name)
            if (left := left - len(piece)) < 0:
                raise RefusedError(Place(name), f"it unpacks to more than {limits.unpacked_bytes} bytes, the limit")
            sink.write(piece)
            if not inflater.eof:
                block = inflater.unconsumed_tail or source.read(_CHUNK)
                continue
            if block := _after_padding(inflater.unused_data, source):
                inflater = zlib.decompressobj(31)
    if not inflater.eof:
        raise RefusedError(Place(name), "the gzip stream is cut off; deliver the file again")


def _after_padding(block: bytes, source: IO[bytes]) -> bytes:
    """What follows the zeros that may pad a gzip member: the next one, or nothing at the end of the file."""
    while not (rest := block.lstrip(b"\0")):
        if not (block := source.read(_CHUNK)):
            break
    return rest


def _inflate(inflater: zlib._Decompress, block: bytes, name: str) -> bytes:
    try:
        return inflater.decompress(block, 16 * _CHUNK)
    except zlib.error as error:
        raise RefusedError(Place(name), f"damaged gzip stream: {error}") from error


def _zip_members(archive: zipfile.ZipFile, name: str, limits: Limits) -> list[zipfile.ZipInfo]:
    members = [member for member in archive.infolist() if not member.is_dir()]
    for member in members:
        if stat.S_ISLNK(member.external_attr >> 16):
            raise RefusedError(Place(name), f"the archive holds a link: {member.filename}")
        if member.flag_bits & 1:
            raise RefusedError(Place(name), f"the archive is encrypted: {member.filename}")
        _check_name(member.filename, name)
    _check_size(len(members), sum(member.file_size for member in members), name, limits)
    return members


def _unpack_tar(path: Path, name: str, target: Path, limits: Limits) -> None:
    with _damage(name), tarfile.open(path) as archive:
        members, promised = [], 0
        for member in archive:
            members.append(member)
            promised += member.size
            _check_member(member, name)
            _check_size(len(members), promised, name, limits)
        for member in members:
            if (stream := archive.extractfile(member)) is not None:
                _copy(stream, _below(target, member.name), name, limits)


def _check_member(member: tarfile.TarInfo, name: str) -> None:
    if member.issym() or member.islnk():
        raise RefusedError(Place(name), f"the archive holds a link: {member.name}")
    if not (member.isfile() or member.isdir()):
        raise RefusedError(Place(name), f"the archive holds something that is neither file nor folder: {member.name}")
    _check_name(member.name, name)


def _check_name(member: str, name: str) -> None:
    parts = PurePosixPath(member.replace("\\", "/"))
    if parts.is_absolute() or ".." in parts.parts or ":" in "".join(parts.parts[:1]):
        raise RefusedError(Place(name), f"the archive climbs out of its folder: {member}")


def _check_size(files: int, promised: int, name: str, limits: Limits) -> None:
    if files > limits.archive_files:
        raise RefusedError(Place(name), f"the archive holds more than {limits.archive_files} files, the limit")
    if promised > limits.unpacked_bytes:
        raise RefusedError(Place(name), f"it unpacks to {promised} bytes; the limit is {limits.unpacked_bytes}")


def _below(folder: Path, member: str) -> Path:
    target = folder / member
    target.parent.mkdir(parents=True, exist_ok=True)
    return target


def _copy(stream: IO[bytes], target: Path, name: str, limits: Limits) -> None:
    left = limits.unpacked_bytes
    with target.open("wb") as sink:
        while block := stream.read(_CHUNK):
            if (left := left - len(block)) < 0:
                raise RefusedError(Place(name), f"it unpacks to more than {limits.unpacked_bytes} bytes, the limit")
            sink.write(block)


@contextmanager
def _damage(name: str) -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, NotImplementedError) as error:
        raise RefusedError(Place(name), f"damaged archive: {error}") from error
    except OSError as error:
        if error.errno not in _OF_MEMBERS:
            raise
        raise RefusedError(Place(name), f"damaged archive: {error.strerror or error}") from error


def table_header(path: Path, name: str, limits: Limits) -> Header:
    """The header of a data file, compressed or not, without unpacking it. Raises RefusedError."""
    if not is_zip(path):
        return read_header(path, name, limits)
    with _damage(name), zipfile.ZipFile(path) as archive:
        members = _zip_members(archive, name, limits)
        if len(members) != 1:
            raise RefusedError(Place(name), f"the archive holds {len(members)} files; expected one table")
        with archive.open(members[0]) as stream:
            head = stream.read(limits.header_bytes)
    if head[:2] == b"\x1f\x8b" or head[:4] in (b"PAR1", b"PK\x03\x04"):
        raise RefusedError(Place(name), "the archive holds a compressed file; expected a plain CSV table")
    if not head:
        raise RefusedError(Place(name), "the file is empty")
    return csv_header(head, name)
