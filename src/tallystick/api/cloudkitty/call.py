"""What routes of the CloudKitty-compatible API work with: the service that all share, and the call a request is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Request

from tallystick.api.cloudkitty.auth import caller_of
from tallystick.api.cloudkitty.policies import Caller, Policies, enforce
from tallystick.api.derivations import Derivations
from tallystick.api.pool import QueryPool
from tallystick.planner.home import Home
from tallystick.settings.database import TenantDatabase

Result = TypeVar("Result")


@dataclass(frozen=True)
class RatingService:
    """Lives as long as the application."""

    home: Home
    pool: QueryPool
    policies: Policies
    derivations: Derivations


@dataclass(frozen=True)
class RatingCall:
    """A request whose caller is known. There is one tenant; what separates projects is the scope of points."""

    request: Request
    service: RatingService
    caller: Caller

    @property
    def tenant(self) -> str:
        """Whose home it is."""
        return self.home.config.cloudkitty.tenant

    @property
    def home(self) -> Home:
        """Where the data lives."""
        return self.service.home

    @property
    def database(self) -> TenantDatabase:
        """What the settings database holds."""
        return self.home.database.of(self.tenant)

    @property
    def author(self) -> str:
        """Who is said to have made a change."""
        return self.caller.user_id or "unknown"

    def enforce(self, rule: str, project: str | None = None) -> None:
        """Raise ForbiddenError where a rule does not let the caller do it, to a project's data where that matters."""
        enforce(self.service.policies, rule, self.caller, project)

    async def run(self, work: Callable[[], Result]) -> Result:
        """What blocking work gives, on a query thread."""
        return await self.service.pool.run(work)


def _call(request: Request) -> RatingCall:
    service = request.app.state.rating
    assert isinstance(service, RatingService)
    return RatingCall(request, service, caller_of(request))


Call = Annotated[RatingCall, Depends(_call)]
"""The call that a request is."""
