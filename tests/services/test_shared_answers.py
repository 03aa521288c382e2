"""Answers shared through Redis: given once for all processes, and a Redis that is gone costs nothing but time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable
from concurrent.futures import ThreadPoolExecutor

import pytest

from servers.redis import Redis
from tallystick.access import EVERYTHING, access_from_map
from tallystick.api import shared_cache
from tallystick.api.cache import AnswerCache
from tallystick.api.negotiation import JSON
from tallystick.api.responses import Rendered
from tallystick.api.shared_cache import LARGEST_BYTES, SharedAnswers

pytestmark = pytest.mark.services

ANSWER = Rendered.of('{"a":1.000000000000000001}', JSON)
SOME = access_from_map({"aws.account": {"read": ["1", "2", "3"]}})
KEY = ("default", 3, 1, "2026-11-22", "/path/", (("group_by[service]", "*"),), JSON, SOME)


class Process:
    """What one API process has: answers of its own, and those that are shared."""

    def __init__(self, server: Redis, scope: str) -> None:
        self.cache = AnswerCache(shared=SharedAnswers(server.address, scope))
        self.computed = 0

    async def ask(self, key: Hashable = KEY, answer: Rendered = ANSWER) -> Rendered:
        async def compute() -> Rendered:
            self.computed += 1
            return answer

        found = await self.cache.answer(key, compute)
        await asyncio.sleep(0.2)  # what is shared is sent in the background
        return found


def run(asking: Callable[[], Coroutine[None, None, None]]) -> None:
    """In a thread: the browser tests of the same run leave a running loop in the first one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, asking()).result()


@pytest.mark.parametrize(
    ("second_key", "second_scope", "computed"),
    [
        (KEY, "here", 0),
        ((*KEY[:-1], access_from_map({"aws.account": {"read": ["3", "2", "1"]}})), "here", 0),
        ((*KEY[:-1], EVERYTHING), "here", 1),
        (("other", *KEY[1:]), "here", 1),
        (("default", 4, *KEY[2:]), "here", 1),
        (KEY, "elsewhere", 1),
    ],
)
def test_another_process_is_spared_the_same_question(
    redis_server: Redis, request: pytest.FixtureRequest, second_key: Hashable, second_scope: str, computed: int
) -> None:
    async def asking() -> None:
        scope = request.node.nodeid
        first, second = Process(redis_server, f"{scope} here"), Process(redis_server, f"{scope} {second_scope}")
        assert await first.ask() == ANSWER
        assert await second.ask(second_key) == ANSWER
        assert (first.computed, second.computed) == (1, computed)

    run(asking)


def test_what_is_too_large_is_not_shared(redis_server: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_cache, "LARGEST_BYTES", 100)
    assert LARGEST_BYTES > 100

    async def asking() -> None:
        long = Rendered.of("".join(map(str, range(1000))), JSON)
        first, second = Process(redis_server, "large"), Process(redis_server, "large")
        await first.ask(answer=long)
        await second.ask(answer=long)
        assert second.computed == 1

    run(asking)


def test_a_slot_holds_the_newest_of_its_answers(redis_server: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_cache, "SLOTS", 1)

    async def asking() -> None:
        first, second = Process(redis_server, "slots"), Process(redis_server, "slots")
        await first.ask("a", Rendered.of("a", JSON))
        await first.ask("b", Rendered.of("b", JSON))
        assert (await second.ask("b")).body == b"b"
        assert (await second.ask("a", Rendered.of("a", JSON))).body == b"a"
        assert second.computed == 1

    run(asking)


def test_without_redis_answers_are_computed(redis_server: Redis) -> None:
    async def asking() -> None:
        first = Process(redis_server, "gone")
        redis_server.kill()
        try:
            assert [await first.ask(number) for number in range(3)] == [ANSWER] * 3
        finally:
            redis_server.start()
        assert first.computed == 3

    run(asking)
