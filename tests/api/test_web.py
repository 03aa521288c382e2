"""The web page's files, its history fallback, and the headers around everything."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.responses import FileResponse

from tallystick.api.web import WebPage


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A built page, and a secret beside it."""
    (tmp_path / "secret.txt").write_text("secret")
    web = tmp_path / "web"
    (web / "assets").mkdir(parents=True)
    for name in ("index.html", "favicon.svg", "assets/index-BsD1fG2h.js"):
        (web / name).write_text(name)
    return web


@pytest.mark.parametrize(
    ("path", "file", "cache"),
    [
        ("/", "index.html", "no-cache"),
        ("/index.html", "index.html", "no-cache"),
        ("/explorer", "index.html", "no-cache"),
        ("/explorer/aws/deep", "index.html", "no-cache"),
        ("/favicon.svg", "favicon.svg", "no-cache"),
        ("/assets/index-BsD1fG2h.js", "index-BsD1fG2h.js", "public, max-age=31536000, immutable"),
    ],
)
def test_files(folder: Path, path: str, file: str, cache: str) -> None:
    response = WebPage(folder).answer(path)
    assert isinstance(response, FileResponse)
    assert Path(response.path).name == file
    assert response.headers["cache-control"] == cache
    policy = response.headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "script" not in policy


@pytest.mark.parametrize(
    "path", ["/missing.js", "/../secret.txt", "//etc/passwd.txt", "/assets/../../secret.txt", "/a\0.txt"]
)
def test_what_is_not_there_or_not_ours(folder: Path, path: str) -> None:
    assert WebPage(folder).answer(path) is None


def test_without_a_built_page_it_says_how_to_build_it(tmp_path: Path) -> None:
    response = WebPage(tmp_path / "web").answer("/")
    assert response is not None
    assert response.status_code == 200
    assert b"make ui" in response.body
