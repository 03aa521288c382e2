"""OpenStack's command line with CloudKitty's client, and that client's own tests, in an environment of their own."""

from __future__ import annotations

import json
import os
import subprocess
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .environments import made, program
from .process import ServerError

_CLIENT_SIDE = Path(__file__).with_name("client_side")


def without_authentication(endpoint: str, version: int = 2) -> dict[str, str]:
    """The environment of a client that sends no token. ``version`` of CloudKitty's API is 1 or 2."""
    return {"OS_AUTH_TYPE": "cloudkitty-noauth", "OS_ENDPOINT": endpoint, "OS_RATING_API_VERSION": str(version)}


@dataclass(frozen=True)
class Answer:
    """What a command ended with."""

    code: int
    output: str
    errors: str


class OpenStackClient:
    """Runs commands; within ``with``. The words after ``openstack`` are the command."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = os.environ | {"COLUMNS": "200"} | environment
        self._process: subprocess.Popen[str] | None = None

    def run(self, *words: str, given: str = "") -> Answer:
        """Run a command with ``given`` as its standard input."""
        if self._process is None or self._process.stdin is None or self._process.stdout is None:
            raise ServerError("the client is used outside of `with`")
        print(json.dumps([["openstack", *words], given]), file=self._process.stdin, flush=True)
        line = self._process.stdout.readline()
        if not line:
            raise ServerError("the client's process ended")
        return Answer(*json.loads(line))

    def done(self, *words: str, given: str = "") -> str:
        """What a command printed. Raises ServerError when it failed."""
        answer = self.run(*words, given=given)
        if answer.code:
            raise ServerError(f"openstack {' '.join(words)} ended with {answer.code}:\n{answer.errors}")
        return answer.output

    def shown(self, *words: str, given: str = "") -> Any:
        """What a command printed as JSON. Raises ServerError when it failed."""
        return json.loads(self.done(*words, "-f", "json", given=given))

    def __enter__(self) -> Self:
        command = [str(program("openstack-client", "python")), str(_CLIENT_SIDE / "forked_shell.py")]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=self._environment)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.communicate()
            self._process = None


def functional_tests(folder: Path, environment: Mapping[str, str], *, version: int) -> Mapping[str, str]:
    """Run the client's own tests of an API version. Gives, by test, ``passed`` or what went wrong."""
    found = made("openstack-client").glob(f"lib/*/site-packages/cloudkittyclient/tests/functional/v{version}")
    report = folder / f"functional-v{version}.xml"
    options = ["-q", "-p", "functional_suite", "-p", "no:cacheprovider", f"--junitxml={report}"]
    command = [str(program("openstack-client", "python")), "-m", "pytest", *options, *map(str, found)]
    environment = os.environ | environment | {"PYTHONPATH": str(_CLIENT_SIDE)}
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if not report.exists():
        raise ServerError(f"The client's tests did not run:\n{ended.stdout}{ended.stderr}")
    return outcomes(report)


def outcomes(report: Path) -> Mapping[str, str]:
    """By test, ``passed``, ``skipped`` or what went wrong, from a report in JUnit's form."""
    cases = ET.parse(report).getroot().iter("testcase")
    return {
        f"{case.get('classname', '').rpartition('.')[2]}.{case.get('name')}": _outcome(list(case)) for case in cases
    }


def _outcome(marks: Sequence[ET.Element]) -> str:
    if not marks:
        return "passed"
    return "skipped" if marks[0].tag == "skipped" else f"{marks[0].get('message')}\n{marks[0].text}"
