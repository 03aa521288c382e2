"""What is derived behind an answer."""

from __future__ import annotations

import threading

from tallystick.api.derivations import Derivations


def test_orders_that_come_before_a_run_begins_are_one_run() -> None:
    begun, go, runs = threading.Event(), threading.Event(), []

    def refresh() -> None:
        begun.set()
        go.wait(10)
        runs.append(1)

    derivations = Derivations(refresh)
    derivations.order()
    begun.wait(10)
    for _ in range(5):
        derivations.order()
    go.set()
    derivations.wait()
    derivations.close()
    assert len(runs) == 2


def test_a_run_that_fails_is_not_the_last() -> None:
    runs = []

    def refresh() -> None:
        runs.append(1)
        if len(runs) == 1:
            raise RuntimeError("no")

    derivations = Derivations(refresh)
    for _ in range(2):
        derivations.order()
        derivations.wait()
    derivations.wait()
    derivations.close()
    assert len(runs) == 2
