"""Answers that the API processes of a cluster share, in the Redis that is also the broker.

It only ever saves time: when Redis is slow, full or gone, answers are computed. As the broker must not lose its
messages to them, answers live in a fixed number of slots, the newest in each.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Final

import pyarrow as pa
import structlog

from tallystick import __version__
from tallystick.access import Access
from tallystick.api.responses import Rendered

if TYPE_CHECKING:
    from redis.asyncio import Redis

SLOTS: Final = 256
LARGEST_BYTES: Final = 1024**2
"""Of an answer as it is stored: together they take at most 256 MiB of Redis."""
KEPT_SECONDS: Final = 3600
_PATIENCE_SECONDS: Final = 0.1
"""How long Redis may take for a step."""
_PAUSE_SECONDS: Final = 10.0
"""How long Redis is left alone after it has failed."""
_CODEC: Final = "zstd"
_DIGEST_BYTES: Final = 32


@dataclass
class SharedAnswers:
    """The shared answers of one installation, told from others on the same Redis by ``scope``. For one event loop."""

    address: str
    scope: str
    _silent_until: float = field(default=0.0, init=False)

    @cached_property
    def _redis(self) -> Redis:
        from redis.asyncio import Redis
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff

        return Redis.from_url(
            self.address,
            socket_timeout=_PATIENCE_SECONDS,
            socket_connect_timeout=_PATIENCE_SECONDS,
            retry=Retry(NoBackoff(), 0),
        )

    async def get(self, key: Hashable) -> Rendered | None:
        """The answer, if it is there and Redis is."""
        if self._paused:
            return None
        digest = self._digest(key)
        try:
            stored = await self._redis.get(_slot(digest))
        except Exception as error:  # whatever it is, the answer can be computed
            self._pause(error)
            return None
        return _unpacked(stored, digest) if isinstance(stored, bytes) else None

    async def put(self, key: Hashable, answer: Rendered) -> None:
        """Share an answer, unless it is too large or Redis is not there."""
        digest = self._digest(key)
        packed = _packed(answer, digest)
        if len(packed) > LARGEST_BYTES or self._paused:
            return
        try:
            await self._redis.set(_slot(digest), packed, ex=KEPT_SECONDS)
        except Exception as error:  # as above
            self._pause(error)

    @property
    def _paused(self) -> bool:
        return time.monotonic() < self._silent_until

    def _pause(self, error: Exception) -> None:
        if not self._silent_until:
            reason = f"{type(error).__name__}: {error}"
            structlog.get_logger("tallystick.api").warning("answers cannot be shared through Redis", reason=reason)
        self._silent_until = time.monotonic() + _PAUSE_SECONDS

    def _digest(self, key: Hashable) -> bytes:
        return hashlib.sha256(f"{__version__} {self.scope} {_stable(key)}".encode()).digest()


def _slot(digest: bytes) -> str:
    return f"tally:answer:{int.from_bytes(digest[:4]) % SLOTS}"


def _stable(value: object) -> str:
    """A text of a key that is the same in every process."""
    if isinstance(value, Access):
        return _stable((value.grants, value.unrestricted))
    if isinstance(value, frozenset):
        return f"{{{', '.join(sorted(map(_stable, value)))}}}"
    if isinstance(value, tuple):
        return f"({', '.join(map(_stable, value))})"
    return repr(value)


def _packed(answer: Rendered, digest: bytes) -> bytes:
    head = json.dumps({"size": len(answer.body), "media_type": answer.media_type, "etag": answer.etag})
    packed: bytes = digest + head.encode() + b"\n" + pa.compress(answer.body, _CODEC, asbytes=True)
    return packed


def _unpacked(stored: bytes, digest: bytes) -> Rendered | None:
    """The answer, if it is the one to that question: several share a slot."""
    if stored[:_DIGEST_BYTES] != digest:
        return None
    head, _, body = stored[_DIGEST_BYTES:].partition(b"\n")
    told = json.loads(head)
    return Rendered(pa.decompress(body, told["size"], _CODEC, asbytes=True), told["media_type"], told["etag"])
