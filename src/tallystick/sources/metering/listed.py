"""The fetcher ``source``: the scopes are listed in the configuration."""

from __future__ import annotations

from dataclasses import dataclass

from tallystick.sources.metering.options import MeteringConfig, SourceFetcherOptions


@dataclass(frozen=True)
class ListedScopes:
    """The scopes of ``[fetcher_source] sources``."""

    listed: tuple[str, ...]

    def scopes(self) -> list[str]:
        """Each once, sorted."""
        return sorted(set(self.listed))


def open_fetcher(config: MeteringConfig) -> ListedScopes:
    """As configured."""
    return ListedScopes(config.section("fetcher_source", SourceFetcherOptions).sources)
