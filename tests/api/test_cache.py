"""Answers kept: by recency, by bytes, computed once."""

from __future__ import annotations

import asyncio

import pytest

from tallystick.api.cache import AnswerCache
from tallystick.api.negotiation import JSON
from tallystick.api.pool import OverloadedError, QueryPool
from tallystick.api.responses import Rendered

KILO = Rendered.of("x" * 1024, JSON)


def test_the_least_recently_used_goes_first() -> None:
    cache = AnswerCache(capacity_bytes=2 * (1024 + 512))
    cache.put("a", KILO)
    cache.put("b", KILO)
    assert cache.get("a") is KILO
    cache.put("c", KILO)
    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (KILO, None, KILO)


def test_putting_the_same_key_again_takes_no_more_room() -> None:
    cache = AnswerCache(capacity_bytes=2 * (1024 + 512))
    for _ in range(5):
        cache.put("a", KILO)
    cache.put("b", KILO)
    assert cache.get("a") is KILO


def test_what_is_larger_than_the_cache_is_not_kept() -> None:
    cache = AnswerCache(capacity_bytes=100)
    cache.put("a", KILO)
    assert cache.get("a") is None


def test_the_same_question_at_once_is_computed_once() -> None:
    computed: list[str] = []

    async def compute() -> Rendered:
        computed.append("once")
        await asyncio.sleep(0)
        return KILO

    async def both() -> list[Rendered]:
        cache = AnswerCache()
        return list(await asyncio.gather(cache.answer("a", compute), cache.answer("a", compute)))

    assert asyncio.run(both()) == [KILO, KILO]
    assert computed == ["once"]


def test_an_error_is_everybodys_and_is_not_kept() -> None:
    async def fails() -> Rendered:
        raise ValueError("no")

    async def works() -> Rendered:
        return KILO

    async def both() -> None:
        cache = AnswerCache()
        outcomes = await asyncio.gather(cache.answer("a", fails), cache.answer("a", fails), return_exceptions=True)
        assert [type(outcome) for outcome in outcomes] == [ValueError, ValueError]
        assert await cache.answer("a", works) is KILO

    asyncio.run(both())


def test_a_queue_has_an_end() -> None:
    async def main() -> None:
        pool = QueryPool(workers=1, longest_queue=1)
        release = asyncio.Event()
        loop = asyncio.get_running_loop()

        def wait() -> str:
            asyncio.run_coroutine_threadsafe(release.wait(), loop).result()
            return "done"

        running = [asyncio.ensure_future(pool.run(wait)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(OverloadedError):
            await pool.run(wait)
        release.set()
        assert await asyncio.gather(*running) == ["done", "done"]
        pool.close()

    asyncio.run(main())


@pytest.mark.parametrize(
    ("if_none_match", "status"),
    [(None, 200), ("", 200), ('"other"', 200), ("{tag}", 304), ('"other", W/{tag}', 304), ("*", 304)],
)
def test_entity_tags(if_none_match: str | None, status: int) -> None:
    response = KILO.response(if_none_match.format(tag=KILO.etag) if if_none_match is not None else None)
    assert response.status_code == status
    assert len(response.body) == (1024 if status == 200 else 0)
