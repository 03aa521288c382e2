from pathlib import Path

import pytest

from tallystick.errors import ConfigError
from tallystick.sources.cloudkitty_storage.opening import open_storage

ADDRESSES = {
    "sqlite:////tmp/rated.db": ("sql", "sqlite:////tmp/rated.db"),
    "mysql://ck:secret@db/cloudkitty": ("sql", "mysql+pymysql://ck:***@db/cloudkitty"),
    "influxdb+http://ck:secret@db:8086/rated": ("influxdb", "influxdb http://db:8086/rated"),
    "influxdb2+https://:secret@db/openstack/rated": ("influxdb", "influxdb https://db/openstack/rated"),
    "opensearch+https://ck:secret@db:9200/rated": ("documents", "index https://db:9200/rated"),
    "loki+http://db:3100/loki/api/v1?tenant=a&service=ck": ("loki", "loki http://db:3100/loki/api/v1"),
}
SECTIONS = {
    "[storage]\nversion = 1\nbackend = sqlalchemy\n[database]\nconnection = sqlite:////tmp/ck.db": (
        "sql",
        "sqlite:////tmp/ck.db",
    ),
    "[storage_influxdb]\nhost = db\ndatabase = rated\nuse_ssl = true": ("influxdb", "influxdb https://db:8086/rated"),
    "[storage_influxdb]\nversion = 2\nurl = http://db\ntoken = secret": (
        "influxdb",
        "influxdb http://db/openstack/cloudkitty",
    ),
    "[storage]\nbackend = elasticsearch\n[storage_elasticsearch]\nhost = http://ck:secret@db:9200": (
        "documents",
        "index http://db:9200/cloudkitty",
    ),
    "[storage]\nbackend = loki": ("loki", "loki http://localhost:3100/loki/api/v1"),
}
WRONG = ["influxdb+http://db:8086", "nonsense://db/x", "loki"]


@pytest.mark.parametrize(("address", "found"), ADDRESSES.items(), ids=list(ADDRESSES))
def test_an_address_says_which_storage_it_is(address: str, found: tuple[str, str]) -> None:
    storage = open_storage(address)
    assert (storage.kind, storage.name) == found


@pytest.mark.parametrize(("text", "found"), SECTIONS.items())
def test_a_configuration_file_says_which_storage_cloudkitty_has(
    text: str, found: tuple[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "cloudkitty.conf"
    path.write_text(text)
    storage = open_storage(str(path))
    assert (storage.kind, storage.name) == found


@pytest.mark.parametrize("address", WRONG)
def test_what_is_no_storage_is_refused(address: str) -> None:
    with pytest.raises(ConfigError):
        open_storage(address)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[storage]\nversion = 1\nbackend = hybrid", "sqlalchemy"),
        ("[storage]\nbackend = monasca", "known are"),
        ("[storage]\nversion = 1\nbackend = sqlalchemy", "connection is not set"),
    ],
)
def test_a_configuration_without_a_storage_that_can_be_read(text: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "cloudkitty.conf"
    path.write_text(text)
    with pytest.raises(ConfigError, match=reason):
        open_storage(str(path))
