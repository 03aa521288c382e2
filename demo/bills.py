"""The sample company as a list of bill generators, in the words of koku-nise, which we run as a program.

One machine becomes two generators (the machine and its volume); one that the savings plan covers has a third, which
takes the on-demand cost away again, and the plan itself has one for its hourly commitment.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import company
from company import Machines, Owner, Place, Service, Size

Generator = dict[str, dict[str, object]]
COST_CENTERS = {"web": "Sales", "payments": "Sales", "search": "Sales", "data": "Research", "platform": "Operations"}
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Span:
    """The days ``start <= day < end``."""

    start: date
    end: date

    def fields(self) -> dict[str, object]:
        return {"start_date": self.start.isoformat(), "end_date": self.end.isoformat()}


def document(span: Span) -> str:
    """The generator file for the days of ``span``, as JSON, which every YAML reader accepts."""
    accounts = {"payer": company.PAYER, "user": list(company.ACCOUNTS), "currency_code": "USD"}
    return json.dumps({"generators": list(generators(span)), "accounts": accounts}, indent=1)


def generators(span: Span) -> Iterator[Generator]:
    """Every generator of the company. The last one covers the whole span, as the generator program wants it."""
    for group in company.MACHINES:
        for running in _rhythm(group.rhythm, span):
            yield from _machines(group, running)
    yield _plan_fee(span)
    for service in company.SERVICES:
        yield _service(service, span)


def _rhythm(name: str, span: Span) -> Iterator[Span]:
    """The parts of one month's ``span`` in which machines of this rhythm run."""
    if name == "always":
        yield span
        return
    first, length = {"weekdays": (0, 5), "weekends": (4, 3), "one weekend": (4, 3)}[name]
    weeks = [span.start + number * 7 * DAY - span.start.weekday() * DAY for number in range(6)]
    for monday in weeks[2:3] if name == "one weekend" else weeks:
        start, end = monday + first * DAY, monday + (first + length) * DAY
        running = Span(max(start, span.start), min(end, span.end))
        if running.start < running.end:
            yield running


def _machines(group: Machines, span: Span) -> Iterator[Generator]:
    for number in range(group.count):
        name = f"{group.owner.app or 'mail'}-{group.owner.environment or 'old'}-{group.size.name[:2]}{number}"
        covered = number < group.plan
        reserved = group.plan <= number < group.plan + group.reserved
        yield _machine(group, name, span, saving=group.size.plan_price if covered else None, reserved=reserved)
        if covered:
            yield _machine(group, name, span, negation=True)
        yield _volume(group, name, span)


def _machine(group: Machines, name: str, span: Span, saving: float | None = None, **flags: bool) -> Generator:
    instance = _instance(group.size) | {"saving": saving}
    if flags.get("reserved"):
        instance["reserved_instance"] = True
    if flags.get("negation"):
        instance["negation"] = True
    return _generator(
        "EC2", group.owner, group.place, span, resource_id=name, operating_system="Linux", instance_type=instance
    )


def _instance(size: Size) -> dict[str, object]:
    return {
        "inst_type": size.name,
        "physical_cores": str(size.vcpu // 2),
        "vcpu": str(size.vcpu),
        "memory": size.memory,
        "storage": "EBS Only",
        "family": size.family,
        "cost": size.price,
        "rate": size.price,
        "amount": "1",
    }


def _volume(group: Machines, name: str, span: Span) -> Generator:
    return _generator(
        "EBS",
        group.owner,
        group.place,
        span,
        resource_id=name,
        disk_size=group.disk,
        rate=0.0952,
        volume_api_name="gp3",
    )


def _plan_fee(span: Span) -> Generator:
    instance = _instance(company.M5_XLARGE)
    instance |= {"cost": company.PLAN_COMMITMENT, "rate": company.PLAN_COMMITMENT, "recurring_fee": True}
    place = Place(company.PAYER, "us-east-1a")
    return _generator("EC2", company.NOBODY, place, span, instance_type=instance)


def _service(service: Service, span: Span) -> Generator:
    return _generator(service.generator, service.owner, service.place, span, **service.fields)


def _generator(kind: str, owner: Owner, place: Place, span: Span, **fields: object) -> Generator:
    """A generator with the fields that all of them share. Without tags of our own it gets one of the provider's,
    because a generator without any tag makes some up."""
    tags = {"resourceTags/aws:createdBy": "Root"}
    if owner.team:
        tags = {
            "resourceTags/user:app": owner.app,
            "resourceTags/user:team": owner.team,
            "resourceTags/user:environment": owner.environment,
        }
    cost_center = COST_CENTERS.get(owner.team, "Unassigned")
    common: dict[str, object] = {
        "user": place.account,
        "region": place.zone,
        "product_sku": f"{kind}{owner.app}".upper().ljust(12, "0")[:12],
        "tags": tags,
        "cost_category": {"costCategory/CostCenter": cost_center},
    }
    return {f"{kind}Generator": span.fields() | common | fields}
