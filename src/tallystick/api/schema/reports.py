"""Shapes of reports, forecasts, tags and organisations."""

from __future__ import annotations

from tallystick.api.schema.common import Amount, Echo, Links, ListMeta, Number, OpenShape, Shape


class CostParts(Shape):
    """A cost and what it is made of."""

    raw: Amount
    markup: Amount
    usage: Amount
    total: Amount


class Costs(OpenShape):
    """The cost objects of a row or a total."""

    infrastructure: CostParts
    supplementary: CostParts
    cost: CostParts
    usage: Amount | None = None


class ReportRow(Costs):
    """A leaf of a report; its further keys are the groups asked for (``service``, ``account`` ...)."""

    date: str
    source_uuid: list[str] | None = None
    account_alias: str | None = None
    delta_value: Number | None = None
    delta_percent: Number | None = None


class Delta(Shape):
    """The change to the period before."""

    value: Number
    percent: Number | None


class ReportMeta(ListMeta):
    """The question as understood, and the totals."""

    others: int | None = None
    currency: str
    other_currencies: list[str] | None = None
    delta: Delta | None = None
    cost_type: str | None = None
    filter: Echo
    group_by: Echo
    order_by: Echo
    exclude: Echo
    total: Costs


class ReportBucket(OpenShape):
    """A day or a month: ``values`` when nothing is grouped, else a list named after the group (``services`` ...)."""

    date: str
    values: list[ReportRow] | None = None


class Report(Shape):
    """A report."""

    meta: ReportMeta
    links: Links
    data: list[ReportBucket]


class Statistic(Shape):
    """A number of the fit, as text."""

    value: str | list[str]
    units: None


class ForecastParts(Shape):
    """An expected cost with its 95 % interval."""

    total: Amount
    confidence_max: Amount
    confidence_min: Amount
    rsquared: Statistic
    pvalues: Statistic


class ForecastRow(Shape):
    """A day to come."""

    date: str
    infrastructure: ForecastParts | None = None
    supplementary: ForecastParts | None = None
    cost: ForecastParts | None = None


class ForecastBucket(Shape):
    """A day to come, in the nesting of reports."""

    date: str
    values: list[ForecastRow]


class Forecast(Shape):
    """The days up to the end of the month."""

    meta: ListMeta
    links: Links
    data: list[ForecastBucket]


class TagKey(Shape):
    """A tag key with up to 50 of its values."""

    key: str
    values: list[str]
    enabled: bool


class TagMeta(ListMeta):
    """The question as understood."""

    currency: str
    key_only: bool
    filter: Echo
    group_by: Echo
    order_by: Echo
    access: Echo
    exclude: Echo


class Tags(Shape):
    """Tag keys; their names alone with ``key_only``; the values of one key below ``/{key}/``."""

    meta: TagMeta
    links: Links
    data: list[TagKey] | list[str]


class OrgUnit(Shape):
    """A unit of an organisation."""

    org_unit_id: str
    org_unit_name: str
    org_unit_path: str
    level: int
    sub_orgs: list[str] | None = None
    accounts: list[str] | None = None


class Organizations(Shape):
    """The units of an organisation."""

    meta: TagMeta
    links: Links
    data: list[OrgUnit]
