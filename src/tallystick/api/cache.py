"""Answers already given, kept for as long as they stay true.

The key of an answer holds everything it depends on (tenant, release, settings, day, question, rights), so an entry is
never wrong, only no longer asked for; the least recently used go when the bytes run out.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from typing import Final

from tallystick.api.responses import Rendered
from tallystick.api.shared_cache import SharedAnswers

DEFAULT_BYTES: Final = 64 * 1024**2
_OVERHEAD_BYTES: Final = 512
"""What an entry costs beside its body, roughly."""


class AnswerCache:
    """Rendered answers by key, bounded by their bytes. Used from one event loop."""

    def __init__(self, capacity_bytes: int = DEFAULT_BYTES, shared: SharedAnswers | None = None) -> None:
        """``shared`` are the answers that other processes have given."""
        self._shared = shared
        self._sharing: set[asyncio.Task[None]] = set()
        self._capacity = capacity_bytes
        self._used = 0
        self._answers: OrderedDict[Hashable, Rendered] = OrderedDict()
        self._computing: dict[Hashable, asyncio.Task[Rendered]] = {}

    def get(self, key: Hashable) -> Rendered | None:
        """The answer, which is thereby the most recently used."""
        answer = self._answers.get(key)
        if answer is not None:
            self._answers.move_to_end(key)
        return answer

    def put(self, key: Hashable, answer: Rendered) -> None:
        """Keep an answer, unless it is larger than the whole cache."""
        size = _size(answer)
        if size > self._capacity:
            return
        replaced = self._answers.pop(key, None)
        self._used += size - (_size(replaced) if replaced else 0)
        self._answers[key] = answer
        while self._used > self._capacity:
            _, dropped = self._answers.popitem(last=False)
            self._used -= _size(dropped)

    async def answer(self, key: Hashable, compute: Callable[[], Awaitable[Rendered]]) -> Rendered:
        """The kept answer, or the computed one. The same question asked twice at once is computed once."""
        kept = self.get(key)
        if kept is not None:
            return kept
        task = self._computing.get(key)
        if task is None:
            task = asyncio.ensure_future(self._compute(key, compute))
            self._computing[key] = task
        return await asyncio.shield(task)

    async def _compute(self, key: Hashable, compute: Callable[[], Awaitable[Rendered]]) -> Rendered:
        try:
            answer = await self._shared.get(key) if self._shared is not None else None
            if answer is None:
                answer = await compute()
                self._share(key, answer)
        finally:
            del self._computing[key]
        self.put(key, answer)
        return answer

    def _share(self, key: Hashable, answer: Rendered) -> None:
        """Give an answer to the other processes, while its asker goes on."""
        if self._shared is not None:
            task = asyncio.ensure_future(self._shared.put(key, answer))
            self._sharing.add(task)
            task.add_done_callback(self._sharing.discard)


def _size(answer: Rendered) -> int:
    return len(answer.body) + _OVERHEAD_BYTES
