"""Where a setting's value comes from, and what is said about a wrong one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tallystick.errors import ConfigError
from tallystick.settings.config import environment_name, setting_names
from tallystick.settings.loading import load, load_config


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "tally.toml").write_text(
        '[serve]\nport = 9000\nhost = "0.0.0.0"\n[limits]\nunpacked_bytes = "20 GB"\n'
        '[s3]\nendpoint_url = "http://me:secret@127.0.0.1:8333"\n'
    )
    return tmp_path


def test_environment_wins_over_file_over_default(home: Path) -> None:
    loaded = load({"TALLY_HOME": str(home), "TALLY_SERVE_PORT": "9100"})
    file = str(home / "tally.toml")
    table = {setting.name: (setting.value, setting.origin) for setting in loaded.provenance()}
    assert table["home"] == (str(home), "TALLY_HOME")
    assert table["serve.port"] == ("9100", "TALLY_SERVE_PORT")
    assert table["serve.host"] == ("0.0.0.0", file)
    assert table["limits.unpacked_bytes"] == ("20000000000", file)
    assert table["limits.archive_files"] == ("10000", "default")
    assert table["s3.endpoint_url"] == ("http://me:***@127.0.0.1:8333", file)
    assert list(table) == setting_names()


def test_the_command_line_wins_over_all(home: Path) -> None:
    loaded = load({"TALLY_HOME": "/nowhere"}, {"home": home})
    assert (loaded.config.home, loaded.origins["home"]) == (home, "--home")
    assert loaded.config.serve.port == 9000, "the file of that home is read"


def test_home_is_absolute_and_defaults_to_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_config({}).home == tmp_path / ".tally"


def test_a_named_file_may_set_the_home_relative_to_itself(tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text('home = "state"\n')
    assert load_config({"TALLY_CONFIG": str(tmp_path / "other.toml")}).home == tmp_path / "state"


def test_lists_in_the_environment_are_separated_by_commas() -> None:
    config = load_config({"TALLY_SERVE_TRUSTED_GATEWAYS": "10.0.0.0/8, 192.168.1.7"})
    assert [str(network) for network in config.serve.trusted_gateways] == ["10.0.0.0/8", "192.168.1.7/32"]


@pytest.mark.parametrize("origin", ["*", "https://*.example", "https://panel.example/", "panel.example"])
def test_an_allowed_origin_is_one_origin(origin: str) -> None:
    allowed = load_config({"TALLY_CLOUDKITTY_ALLOWED_ORIGINS": "https://a.example, http://b.example:8080"})
    assert allowed.cloudkitty.allowed_origins == ("https://a.example", "http://b.example:8080")
    with pytest.raises(ConfigError, match=r"cloudkitty\.allowed_origins"):
        load_config({"TALLY_CLOUDKITTY_ALLOWED_ORIGINS": origin})


def test_names_of_environment_variables_are_distinct() -> None:
    assert len({environment_name(name) for name in setting_names()}) == len(setting_names())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[serve]\nprot = 1\n", "unknown setting 'serve.prot'; did you mean 'serve.port'?"),
        ("zebra = 1\n", "unknown setting 'zebra'; known are "),
        ("[serve\n", "is not valid TOML"),
        ("[serve]\nport = 99999\n", "serve.port = 99999: Input should be less than or equal to 65535"),
        ("serve = 3\n", "unknown setting 'serve'"),
        ("[engine]\nmemory = 'lots'\n", "engine.memory = 'lots'"),
    ],
)
def test_a_wrong_file_is_refused_by_name(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "tally.toml").write_text(text)
    with pytest.raises(ConfigError) as caught:
        load({"TALLY_HOME": str(tmp_path)})
    assert said in str(caught.value)
    assert str(tmp_path / "tally.toml") in str(caught.value)


@pytest.mark.parametrize(
    ("environ", "said"),
    [
        ({"TALLY_SERVE_PORT": "many"}, "TALLY_SERVE_PORT: serve.port = 'many'"),
        ({"TALLY_SERVE_TRUSTED_GATEWAYS": "10.0.0.0/8,home"}, "TALLY_SERVE_TRUSTED_GATEWAYS: serve.trusted_gateways"),
        ({"TALLY_CONFIG": "/no/such.toml"}, "/no/such.toml: cannot be read"),
    ],
)
def test_a_wrong_environment_is_refused_by_name(environ: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load(environ)
