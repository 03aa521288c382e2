"""Shapes of what a client asks before it shows anything."""

from __future__ import annotations

from typing import Any

from tallystick.api.schema.common import OpenShape, Shape


class StatusBody(Shape):
    """Liveness."""

    status: str


class CurrencyBody(Shape):
    """A currency."""

    code: str
    name: str
    symbol: str
    description: str


class CurrencySetting(CurrencyBody):
    """A currency and whether reports may be asked in it."""

    enabled: bool
    has_dynamic_rate: bool
    static_rates: list[dict[str, Any]]
    is_disableable: bool


class CostTypeBody(Shape):
    """A way to count the cost of AWS."""

    code: str
    name: str
    description: str


class AccountSettings(Shape):
    """A tenant's defaults."""

    currency: str | None = None
    cost_type: str | None = None


class DataRetention(Shape):
    """How far back reports reach."""

    data_retention_months: int
    env_override: bool
    """Whether the configuration holds it, so that it cannot be changed here."""
    min_retention_months: int
    max_retention_months: int


class UserAccess(Shape):
    """What a caller may do with one kind of data."""

    type: str
    access: bool
    write: bool


class ResourceTypeIndex(Shape):
    """A picker, and how many values it has."""

    value: str
    path: str | None = None
    count: int


class ResourceValue(OpenShape):
    """A value of a picker."""

    value: str


class CategoryValues(Shape):
    """A cost category with its values."""

    key: str
    values: list[str]
    enabled: str


class CloudAccount(Shape):
    """A vendor's account that customers grant access to."""

    name: str
    value: str
    description: str
    updated_timestamp: str


class TagSettingBody(Shape):
    """A tag key and whether reports use it."""

    uuid: str
    key: str
    enabled: bool
    source_type: str


class SourceBody(Shape):
    """A source of bills."""

    id: str
    uuid: str
    name: str
    source_type: str
    source_type_id: str | None
    source_ref: str | None
    authentication: dict[str, Any]
    billing_source: dict[str, Any]
    paused: bool
    updated_timestamp: str
    provider_linked: bool
    active: bool
    current_month_data: bool
    previous_month_data: bool
    last_payload_received_at: str | None
    last_polling_time: str | None
    created_timestamp: str
    status: dict[str, Any] | None
    has_data: bool
    infrastructure: dict[str, Any]
    cost_models: list[dict[str, Any]]
    additional_context: dict[str, Any]
