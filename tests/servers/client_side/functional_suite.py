"""A plug-in for pytest in the environment ``openstack-client``: the client's functional tests run commands in forks."""

import json
import shlex

import forked_shell
from cloudkittyclient.tests.functional.base import BaseFunctionalTest


def pytest_configure():
    """Where the tests would start a shell for each command, they run it in a fork."""
    forked_shell.load()
    BaseFunctionalTest._run = _run


def _run(self, executable, action, flags="", params="", fmt="-f json", stdin=None, has_output=True):
    words = shlex.split(" ".join([executable, flags, action, params, fmt if has_output else ""]))
    code, output, errors = forked_shell.run(words, stdin or b"")
    if code:
        raise RuntimeError(f"{shlex.join(words)!r} returned {code}: {errors.decode()}")
    return json.loads(output) if has_output else None
