"""The web page: files of the package, with the application's own paths answered by its start page.

What the build hashed into a name never changes and may be kept for ever; the rest is asked for again each time.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from starlette.responses import FileResponse, HTMLResponse, Response

WEB_FOLDER: Final = Path(__file__).parent / "web"
_HASHED: Final = re.compile(r"[.-][A-Za-z0-9_-]{8,}\.[a-z0-9]+$")
_POLICY: Final = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",
        "font-src 'self' data:",
        "style-src 'self'",
        "style-src-attr 'unsafe-inline'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
"""Charts place their tooltips by style attributes; nothing else is inline."""
_NOT_BUILT: Final = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Tallystick</title></head>
<body><h1>Tallystick is running</h1>
<p>The web page has not been built into this installation. Build it with <code>make ui</code>, then reload.</p>
<p>The API is here: <a href="/api/cost-management/v1/openapi.json">its description</a>.</p></body></html>
"""


class WebPage:
    """Serves one folder."""

    def __init__(self, folder: Path = WEB_FOLDER) -> None:
        self._folder = folder.resolve()

    def answer(self, path: str) -> Response | None:
        """A file, the start page for a path of the application, or None for a file that is not there."""
        path = path.lstrip("/")
        found = self._file(path)
        if found is not None and path != "index.html":
            keep = "public, max-age=31536000, immutable" if _HASHED.search(found.name) else "no-cache"
            return FileResponse(found, headers={"Cache-Control": keep, "Content-Security-Policy": _POLICY})
        if "." in path.rpartition("/")[2] and path != "index.html":
            return None
        return self._start_page()

    def _start_page(self) -> Response:
        headers = {"Cache-Control": "no-cache", "Content-Security-Policy": _POLICY}
        start = self._file("index.html")
        if start is None:
            return HTMLResponse(_NOT_BUILT, headers=headers)
        return FileResponse(start, headers=headers)

    def _file(self, path: str) -> Path | None:
        try:
            found = (self._folder / path).resolve()
            return found if found.is_relative_to(self._folder) and found.is_file() else None
        except (OSError, ValueError):
            return None
