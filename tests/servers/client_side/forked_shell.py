"""Runs commands of OpenStack's clients in forks of one process that has them loaded: a command costs no start.

It runs in the environment ``openstack-client`` and knows nothing of ours. As a program it reads a JSON list (the
command and its standard input) per line, and writes a list (exit code, standard output, standard error) for each.
"""

import importlib
import json
import os
import sys
import tempfile
import traceback

MAINS = {"openstack": "openstackclient.shell", "cloudkitty": "cloudkittyclient.shell"}


def load():
    """Import what every command needs, so that forks have it."""
    for module in (
        *MAINS.values(),
        "keystoneauth1.identity.v3",
        "cloudkittyclient.v2.client",
        "cliff.formatters.json_format",
    ):
        importlib.import_module(module)


def run(command, given=b""):
    """The exit code, standard output and standard error of a command, a list whose first word is the program."""
    with tempfile.TemporaryFile() as stdin, tempfile.TemporaryFile() as stdout, tempfile.TemporaryFile() as stderr:
        stdin.write(given)
        stdin.seek(0)
        child = os.fork()
        if not child:
            for number, file in enumerate((stdin, stdout, stderr)):
                os.dup2(file.fileno(), number)
            os._exit(_main(command))
        _, status = os.waitpid(child, 0)
        stdout.seek(0)
        stderr.seek(0)
        return os.waitstatus_to_exitcode(status), stdout.read(), stderr.read()


def _main(command):
    sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w")
    sys.argv = command
    try:
        code = importlib.import_module(MAINS[command[0]]).main(command[1:])
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
        code = 1
    if not isinstance(code, int | None):  # what Python itself does with such an exit code
        print(code, file=sys.stderr)
    sys.stdout.flush()
    sys.stderr.flush()
    return code if isinstance(code, int) else int(code is not None)


def serve():
    """Answer commands until the input ends."""
    load()
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    for line in iter(sys.stdin.readline, ""):
        command, given = json.loads(line)
        code, output, errors = run(command, given.encode())
        print(json.dumps([code, output.decode(), errors.decode()]), file=answers)


if __name__ == "__main__":
    serve()
