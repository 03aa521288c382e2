"""What a rating script cannot do, each tried in the process that it runs in."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from scripted import LIMITS, Made, rated
from tallystick.rating.frames.cell.confine import MODULES

TRIED = """
def tried():
    try:
{body}
    except BaseException as error:
        return f"{{type(error).__name__}}: {{error}}"

data["usage"]["instance"][0]["metadata"]["result"] = str(tried())
"""

OUTSIDE = {
    "reading a file": "return open('/etc/hostname').read()",
    "reading a file below Python": "import posix\nreturn posix.open('/etc/hostname', 0)",
    "listing a folder": "import os\nreturn os.listdir('/')",
    "writing a file": "return open('/tmp/written-by-a-script', 'w')",
    "looking at the parent": "import os\nreturn open(f'/proc/{os.getppid()}/environ').read()",
    "a socket": "import _socket\nreturn _socket.socket()",
    "a process": "import os\nreturn os.fork()",
    "a program": "import os\nreturn os.system('id')",
    "a signal to others": "import os\nreturn os.kill(os.getppid(), 0)",
    "C code from a file": "import ctypes\nreturn ctypes.CDLL('libc.so.6')",
    "a module that was not loaded before": "import http.client\nreturn 'loaded'",
    "a thread": "import _thread\nreturn _thread.start_new_thread(print, ())",
    "raising its own limits": "import resource\nreturn resource.setrlimit(resource.RLIMIT_AS, (-1, -1))",
    "a shared memory": "import os\nreturn os.memfd_create('x')",
}


def result(tmp_path: Path, body: str, *, kernel: bool = True) -> str:
    indented = "\n".join(f"        {line}" for line in body.splitlines())
    rows, problems = rated(tmp_path, [Made()], TRIED.format(body=indented), limits=replace(LIMITS, kernel=kernel))
    assert problems == ()
    return str(rows[0]["metadata"]["result"])


REFUSED = (
    "PermissionError: ",
    "OSError: ",
    "ModuleNotFoundError: ",
    "ImportError: ",
    "RuntimeError: can't start new thread",
)


@pytest.mark.parametrize("body", OUTSIDE.values(), ids=OUTSIDE.keys())
def test_the_world_outside_is_out_of_reach(tmp_path: Path, body: str) -> None:
    assert result(tmp_path, body).startswith(REFUSED)
    assert not Path("/tmp/written-by-a-script").exists()


BELOW_PYTHON = """
import ctypes, sys
from tallystick.rating.frames.cell import confine

libc = ctypes.CDLL(None, use_errno=True)
confine.filter_calls()
for number in {numbers}:
    print(libc.syscall(number, b"/etc/hostname", 0, 0, 0, 0, 0), ctypes.get_errno(), flush=True)
"""


def test_the_kernel_alone_refuses_calls_made_in_c() -> None:
    """open, execve, fork, socket, ptrace, connect, prctl, prlimit64, and one by another architecture's number."""
    x86_64, aarch64 = [2, 59, 57, 41, 101, 42, 157, 302, 0x40000002], [56, 221, 220, 198, 117, 203, 167, 261, 1 << 30]
    numbers = {"x86_64": x86_64, "aarch64": aarch64}[os.uname().machine]
    program = [sys.executable, "-c", BELOW_PYTHON.format(numbers=numbers)]
    seen = subprocess.run(program, capture_output=True, text=True, check=True).stdout
    assert seen.splitlines() == [f"-1 {errno.EPERM}"] * len(numbers)


@pytest.mark.parametrize(
    "name", ["reading a file", "reading a file below Python", "a socket", "a program", "a process"]
)
def test_the_audit_hook_alone_refuses_the_same(tmp_path: Path, name: str) -> None:
    assert result(tmp_path, OUTSIDE[name], kernel=False).startswith(REFUSED)


def test_nothing_is_inherited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_SECRET", "hunter2")
    seen = result(tmp_path, "import os, sys\nreturn sorted(os.environ), sys.argv[1:], sys.path")
    assert seen == "(['LC_ALL', 'PYTHONHASHSEED', 'PYTHONPATH', 'TZ'], [], [])"


def test_no_file_of_this_process_is_open_there(tmp_path: Path) -> None:
    with (tmp_path / "secret").open("w+") as secret:
        secret.write("hunter2")
        secret.flush()
        os.set_inheritable(secret.fileno(), True)
        assert result(tmp_path, f"import os\nreturn os.read({secret.fileno()}, 9)").startswith("OSError: [Errno 9]")


def test_printing_goes_nowhere(tmp_path: Path) -> None:
    assert result(tmp_path, "import sys\nprint('x', file=sys.stderr)\nprint('y')\nreturn sys.stdin.read()") == ""


def test_harmless_modules_are_there(tmp_path: Path) -> None:
    body = "\n".join(f"import {name}" for name in MODULES)
    assert result(tmp_path, body + "\nreturn 'all'") == "all"


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("import datetime\nreturn datetime.datetime.strptime('2026-01-05', '%Y-%m-%d').strftime('%A')", "Monday"),
        ("import time\nreturn time.tzname[0], time.strftime('%H', time.localtime(0))", "('UTC', '00')"),
        ("import json\nreturn json.loads(json.dumps({'a': [1.5]}))", "{'a': [1.5]}"),
        ("import random\nreturn random.SystemRandom().random() < 1", "True"),
        ("import uuid\nreturn len(str(uuid.uuid4()))", "36"),
        ("import hashlib\nreturn hashlib.sha512(b'').hexdigest()[:8]", "cf83e135"),
        ("import re, copy, math, statistics, fractions\nreturn statistics.mean([1, 2, 3])", "2"),
        ("from decimal import getcontext\nreturn getcontext().prec", "28"),
    ],
)
def test_computing_works(tmp_path: Path, body: str, expected: str) -> None:
    assert result(tmp_path, body) == expected
