"""What routes work with: the service that all share, and the call that one request is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Annotated
from urllib.parse import quote

from fastapi import Depends, Request

from tallystick.access import Identity
from tallystick.api.cache import AnswerCache
from tallystick.api.derivations import Derivations
from tallystick.api.gate import caller_of
from tallystick.api.metrics import Metrics
from tallystick.api.pool import QueryPool
from tallystick.api.queries import Query, query_of
from tallystick.api.tenancy import Standing, Standings
from tallystick.planner.home import Home
from tallystick.reports.denial import check_door
from tallystick.settings.database import TenantDatabase


@dataclass(frozen=True)
class Service:
    """Lives as long as the application."""

    home: Home
    metrics: Metrics
    standings: Standings
    derivations: Derivations
    pool: QueryPool = field(default_factory=QueryPool)
    cache: AnswerCache = field(default_factory=AnswerCache)


@dataclass(frozen=True)
class Call:
    """A request whose caller is known and let in. Its tenant is the caller's, and no other can be named."""

    request: Request
    service: Service
    caller: Identity

    @property
    def tenant(self) -> str:
        """Whose data is meant."""
        return self.caller.tenant

    @property
    def home(self) -> Home:
        """Where the data lives."""
        return self.service.home

    @property
    def database(self) -> TenantDatabase:
        """What the settings database holds of the tenant."""
        return self.home.database.of(self.tenant)

    @property
    def path(self) -> str:
        """The path of the request, without its query, percent-encoded."""
        return quote(self.request.scope["path"], safe="/:")

    @cached_property
    def query(self) -> Query:
        """The parameters. Raises QueryError."""
        return query_of(self.request)

    def standing(self) -> Standing:
        """How things stand for the tenant now."""
        return self.service.standings.of(self.tenant)


def service_of(request: Request) -> Service:
    """The service of the application that a request reached."""
    service = request.app.state.service
    assert isinstance(service, Service)
    return service


def _permitted(family: str) -> Callable[[Request], object]:
    async def call(request: Request) -> Call:
        caller = caller_of(request)
        check_door(caller.access, family)
        return Call(request, service_of(request), caller)

    return call


AnyCall = Annotated[Call, Depends(_permitted("anything"))]
"""By anybody with an identity."""
AwsCall = Annotated[Call, Depends(_permitted("reports/aws"))]
"""By a caller whose rights open that endpoint family; so too the ones below."""
AwsForecastCall = Annotated[Call, Depends(_permitted("forecasts/aws"))]
AwsTagCall = Annotated[Call, Depends(_permitted("tags/aws"))]
AwsOrganizationCall = Annotated[Call, Depends(_permitted("organizations/aws"))]
AwsPickerCall = Annotated[Call, Depends(_permitted("resource-types/aws"))]
FocusCall = Annotated[Call, Depends(_permitted("reports/focus"))]
SettingsCall = Annotated[Call, Depends(_permitted("settings"))]
SettingsChange = Annotated[Call, Depends(_permitted("settings/write"))]
DeliveryCall = Annotated[Call, Depends(_permitted("deliveries"))]
