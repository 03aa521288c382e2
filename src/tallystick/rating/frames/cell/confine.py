"""Confining the process that one is in, for good: what it may use, and which calls the kernel still takes from it.

The kernel's filter (seccomp) leaves what computing needs: memory, the clock, random bytes, reading and writing what is
open. A call with a path, a socket, another process or a new one in it gets EPERM. Modules are therefore loaded before.
The audit hook says the same in Python's words, and is all there is where the kernel has no filter: C code passes it.
"""

from __future__ import annotations

import ctypes
import importlib
import platform
import resource
import sys
import time
from typing import Final

MODULES: Final = (
    "abc array ast base64 binascii bisect calendar cmath collections collections.abc colorsys contextlib copy csv"
    " dataclasses datetime decimal difflib enum fnmatch fractions functools graphlib hashlib heapq hmac html"
    " html.entities io ipaddress itertools json keyword locale logging math numbers operator pprint random re"
    " reprlib secrets statistics string struct textwrap time traceback types typing unicodedata urllib.parse uuid"
    " warnings weakref zlib _strptime encodings.ascii encodings.latin_1 encodings.utf_16 encodings.cp1252"
).split()
"""What scripts can import, as it is loaded before they run."""

_X86_64: Final = (
    "0 1 3 5 8 9 10 11 12 13 14 15 24 25 28 35 36 38 39 60 96 98 100 131 186 201 202 219 228 229 230 231 318 324 334"
)
_AARCH64: Final = (
    "63 64 57 80 62 222 226 215 214 134 135 139 124 216 233 101 102 103 172 93 169 165 153 132 178 98 128 113 114 115"
    " 94 278 283 293"
)
ALLOWED: Final = {"x86_64": (0xC000003E, _X86_64), "aarch64": (0xC00000B7, _AARCH64)}
"""By machine: the kernel's name of the architecture, and the numbers of read, write, close, fstat, lseek, mmap,
mprotect, munmap, brk, rt_sigaction, rt_sigprocmask, rt_sigreturn, sched_yield, mremap, madvise, nanosleep, getitimer,
setitimer, getpid, exit, gettimeofday, getrusage, times, sigaltstack, gettid, time, futex, restart_syscall,
clock_gettime, clock_getres, clock_nanosleep, exit_group, getrandom, membarrier, rseq."""

_FORBIDDEN: Final = frozenset(
    "open os socket subprocess shutil ctypes mmap pty fcntl resource syslog tempfile glob sqlite3 urllib winreg"
    " webbrowser ftplib http imaplib poplib smtplib nntplib telnetlib".split()
)
"""The first words of the audit events that stand for the world outside."""

_LOAD_WORD, _IF_EQUAL, _IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _EPERM = 0x7FFF0000, 0x00050001
_NUMBER, _ARCHITECTURE = 0, 4
_X32: Final = 0x40000000
_SET_SECCOMP, _SET_NO_NEW_PRIVS, _FILTER = 22, 38, 2


class _Instruction(ctypes.Structure):
    _fields_ = (("code", ctypes.c_ushort), ("yes", ctypes.c_ubyte), ("no", ctypes.c_ubyte), ("k", ctypes.c_uint))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.POINTER(_Instruction)))


def load_modules() -> None:
    """Load all that scripts may import, and what their modules load late."""
    for name in MODULES:
        importlib.import_module(name)
    time.tzset()


def limit_memory(bytes_: int) -> None:
    """Bound the address space, and forbid files and dumps."""
    resource.setrlimit(resource.RLIMIT_AS, (bytes_, bytes_))
    for nothing in (resource.RLIMIT_CORE, resource.RLIMIT_FSIZE):
        resource.setrlimit(nothing, (0, 0))


def lock_in(*, kernel: bool) -> None:
    """Close the door. Raises OSError where ``kernel`` is asked for and its filter cannot be had."""
    if kernel:
        filter_calls()
    sys.path.clear()
    sys.addaudithook(_refuse)


def filter_calls() -> None:
    """Have the kernel refuse, for good, what is not ALLOWED. Raises OSError where it cannot."""
    libc = ctypes.CDLL(None, use_errno=True)
    program = _program()
    instructions = (_Instruction * len(program))(*program)
    given = _Program(len(program), instructions)
    if libc.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or libc.prctl(_SET_SECCOMP, _FILTER, ctypes.byref(given), 0, 0):
        raise OSError(ctypes.get_errno(), "the kernel takes no filter of system calls (seccomp)")


def _program() -> list[_Instruction]:
    """Allow the calls of the list by this architecture's numbers; EPERM for all others."""
    machine = platform.machine()
    if sys.platform != "linux" or machine not in ALLOWED:
        raise OSError(f"no filter of system calls is known for {sys.platform} on {machine}")
    architecture, numbers = ALLOWED[machine]
    refuse = _Instruction(_RETURN, 0, 0, _EPERM)
    program = [
        _Instruction(_LOAD_WORD, 0, 0, _ARCHITECTURE),
        _Instruction(_IF_EQUAL, 1, 0, architecture),
        refuse,
        _Instruction(_LOAD_WORD, 0, 0, _NUMBER),
        _Instruction(_IF_AT_LEAST, 0, 1, _X32),
        refuse,
    ]
    for number in numbers.split():
        program += [_Instruction(_IF_EQUAL, 0, 1, int(number)), _Instruction(_RETURN, 0, 0, _ALLOW)]
    return [*program, refuse]


def _refuse(event: str, _: object) -> None:
    if event.partition(".")[0] in _FORBIDDEN:
        raise PermissionError(f"a rating script may not use {event}")
