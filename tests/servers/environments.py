"""Programs from the package index that need a Python environment of their own, made once and kept in the user's cache.

``requirements/<name>.txt`` has their exact versions; where the cache lies follows ``XDG_CACHE_HOME``. Remake one with
``uv pip compile --universal --python-version 3.11 --no-annotate --no-header``.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

from .process import ServerError

REQUIREMENTS = Path(__file__).with_name("requirements")
NAMES = tuple(sorted(path.stem for path in REQUIREMENTS.glob("*.txt")))


def program(environment: str, name: str) -> Path:
    """A program of an environment, which is made when it is not there. Raises ServerError when it cannot be."""
    return made(environment) / "bin" / name


def gunicorn(environment: str, application: str, port: int, folder: Path) -> list[str]:
    """The command that serves a WSGI application, in ``folder``; without options, as OpenStack would read them too."""
    settings = {"wsgi_app": application, "bind": f"127.0.0.1:{port}", "threads": 8, "timeout": 120}
    settings["control_socket_disable"] = True
    (folder / "gunicorn.conf.py").write_text("".join(f"{name} = {value!r}\n" for name, value in settings.items()))
    return [str(program(environment, "gunicorn"))]


def made(name: str) -> Path:
    """The folder of an environment, complete. Raises ServerError with what the installation printed."""
    requirements = REQUIREMENTS / f"{name}.txt"
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    content = hashlib.sha256(requirements.read_bytes()).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "tallystick"
    folder = cache / f"{name}-{content}-python{version}"
    complete = folder / ".complete"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not complete.exists():
            _run("venv", "--quiet", "--clear", "--python", sys.executable, str(folder))
            python = str(folder / "bin" / "python")
            _run("pip", "install", "--quiet", "--python", python, "--requirement", str(requirements))
            complete.touch()
    return folder


def _run(*arguments: str) -> None:
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.exists() else shutil.which("uv")
    if uv is None:
        raise ServerError("needs uv, which is among the packages of requirements.lock")
    ended = subprocess.run([uv, *arguments], capture_output=True, text=True, check=False)
    if ended.returncode:
        raise ServerError(f"uv {' '.join(arguments)} failed:\n{ended.stdout}{ended.stderr}")
