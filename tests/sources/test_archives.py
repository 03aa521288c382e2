"""Archives: opened like folders, and refused from their headers."""

from __future__ import annotations

import gzip
import io
import re
import tarfile
import zipfile
from pathlib import Path

import pytest

from sources.delivered import Reader, aws_row, csv_text, focus_row, write
from tallystick.sources.archives import unpack_file
from tallystick.sources.delivery import Found, Limits, Refused
from tallystick.sources.discovery import discover

BILL, OTHER = csv_text([aws_row()]), csv_text([aws_row(UnblendedCost="2")])


def make_zip(path: Path, members: dict[str, str], *, link: str | None = None) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
        if link:
            info = zipfile.ZipInfo(link)
            info.external_attr = 0o120777 << 16
            archive.writestr(info, "/etc/passwd")
    return path


def make_tar(path: Path, members: dict[str, str], *, special: tarfile.TarInfo | None = None) -> Path:
    with tarfile.open(path, "w:gz" if path.suffix in (".gz", ".tgz") else "w") as archive:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content.encode())
            archive.addfile(info, io.BytesIO(content.encode()))
        if special:
            archive.addfile(special)
    return path


def member(name: str, kind: bytes, target: str = "/etc/passwd") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


def search(path: Path, tmp_path: Path, **limits: int) -> list[Found | Refused]:
    return discover(str(path), as_kind=None, limits=Limits(**limits), workspace=tmp_path / "workspace")


@pytest.mark.parametrize("name", ["months.zip", "months.tar", "months.tgz", "months.tar.gz"])
def test_an_archive_of_several_files_is_a_folder(name: str, tmp_path: Path, reader: Reader) -> None:
    make = make_zip if name.endswith("zip") else make_tar
    path = make(tmp_path / name, {"a/1.csv": BILL, "a/2.csv": OTHER, "b/focus.csv": csv_text([focus_row()])})
    found = search(path, tmp_path)
    assert [[file.name for file in each.files] for each in found if isinstance(each, Found)] == [
        [f"{name}/a/1.csv", f"{name}/a/2.csv"],
        [f"{name}/b/focus.csv"],
    ]
    assert isinstance(found[0], Found)
    assert [len(reader.rows("aws", file.path)) for file in found[0].files] == [1, 1]


def test_a_zip_of_one_table_is_a_data_file(tmp_path: Path, reader: Reader) -> None:
    (found,) = search(make_zip(tmp_path / "bill.csv.zip", {"bill.csv": BILL}), tmp_path)
    assert isinstance(found, Found)
    assert [file.path for file in found.files] == [tmp_path / "bill.csv.zip"]
    assert len(reader.rows("aws", found.files[0].path)) == 1


UNSAFE = {
    "zip that climbs": (lambda path: make_zip(path, {"../../x.csv": BILL, "b.csv": BILL}), "climbs out of its folder"),
    "zip from the root": (lambda path: make_zip(path, {"/etc/x.csv": BILL, "b.csv": BILL}), "climbs out of its folder"),
    "zip with a drive": (lambda path: make_zip(path, {"C:/x.csv": BILL, "b.csv": BILL}), "climbs out of its folder"),
    "zip with a link": (lambda path: make_zip(path, {"a.csv": BILL, "b.csv": BILL}, link="l"), "holds a link: l"),
    "tar that climbs": (lambda path: make_tar(path, {"a/../../x.csv": BILL}), "climbs out of its folder"),
    "tar with a link": (
        lambda path: make_tar(path, {"a.csv": BILL}, special=member("l", tarfile.SYMTYPE)),
        "holds a link: l",
    ),
    "tar with a hard link": (
        lambda path: make_tar(path, {"a.csv": BILL}, special=member("l", tarfile.LNKTYPE)),
        "holds a link: l",
    ),
    "tar with a device": (
        lambda path: make_tar(path, {"a.csv": BILL}, special=member("d", tarfile.CHRTYPE)),
        "neither file nor folder: d",
    ),
    "zip of zips": (lambda path: make_zip(path, {"a.csv": BILL, "b/two.zip": ""}), "the file is empty"),
}


@pytest.mark.parametrize("case", UNSAFE)
def test_unsafe_archives(case: str, tmp_path: Path) -> None:
    make, reason = UNSAFE[case]
    path = make(tmp_path / "archive")
    refused = search(path, tmp_path)[0]
    assert isinstance(refused, Refused)
    assert reason in refused.reason
    assert not (tmp_path / "x.csv").exists()


def test_a_tar_of_a_folder_as_such(tmp_path: Path) -> None:
    (tmp_path / "bills").mkdir()
    write(tmp_path / "bills" / "1.csv", BILL)
    with tarfile.open(tmp_path / "bills.tgz", "w:gz") as archive:
        archive.add(tmp_path / "bills", ".")
    (found,) = search(tmp_path / "bills.tgz", tmp_path)
    assert isinstance(found, Found)


@pytest.mark.parametrize(
    ("members", "reason"),
    [(("a.csv", "a.csv/b.csv"), "Not a directory|File exists"), (("x" * 300, "y.csv"), "File name too long")],
)
@pytest.mark.parametrize("name", ["bills.zip", "bills.tar"])
def test_members_that_cannot_be_written(name: str, members: tuple[str, ...], reason: str, tmp_path: Path) -> None:
    make = make_zip if name.endswith("zip") else make_tar
    (refused,) = search(make(tmp_path / name, dict.fromkeys(members, BILL)), tmp_path)
    assert isinstance(refused, Refused)
    assert re.search(f"damaged archive: .*({reason})", refused.reason)


@pytest.mark.parametrize("padding", [1, 2**18, 2**18 + 7])
def test_members_of_a_gzip_may_be_padded(padding: int, tmp_path: Path) -> None:
    text = BILL.encode()
    path = tmp_path / "bill.csv.gz"
    path.write_bytes(gzip.compress(text[:100]) + bytes(padding) + gzip.compress(text[100:]) + bytes(padding))
    plain = unpack_file(path, path.name, tmp_path, Limits())
    assert plain is not None
    assert plain.read_bytes() == text


def test_an_archive_in_an_archive_is_not_opened(tmp_path: Path) -> None:
    inner = make_tar(tmp_path / "inner.tar", {"a.csv": BILL})
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as archive:
        archive.write(inner, "inner.tar")
        archive.writestr("b.csv", BILL)
    refused, found = search(tmp_path / "outer.zip", tmp_path)
    assert isinstance(refused, Refused)
    assert "an archive inside an archive" in refused.reason
    assert isinstance(found, Found)


@pytest.mark.parametrize("name", ["bomb.zip", "bomb.tgz"])
def test_more_than_the_limit_is_refused_from_the_header(name: str, tmp_path: Path) -> None:
    make = make_zip if name.endswith("zip") else make_tar
    path = make(tmp_path / name, {"a.csv": BILL, "b.csv": "0" * 5_000_000})
    (refused,) = search(path, tmp_path, unpacked_bytes=1_000_000)
    assert isinstance(refused, Refused)
    assert "the limit is 1000000" in refused.reason
    assert not list((tmp_path / "workspace").rglob("*.csv"))
    (refused,) = search(make(tmp_path / name, {f"{i}.csv": BILL for i in range(9)}), tmp_path, archive_files=5)
    assert isinstance(refused, Refused)
    assert "more than 5 files" in refused.reason


def test_a_zip_that_lies_about_its_size_stops_at_the_limit(tmp_path: Path, reader: Reader) -> None:
    path = write(tmp_path / "bill.zip", BILL + "x" * 3_000_000)
    data = path.read_bytes()
    real = (len(BILL) + 3_000_000).to_bytes(4, "little")
    path.write_bytes(data.replace(real, (1000).to_bytes(4, "little")))
    assert reader.refusal("aws", path, limits=Limits(unpacked_bytes=2_000_000)).place.file == "bill.zip"
