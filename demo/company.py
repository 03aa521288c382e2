"""The company behind the sample bills: what it runs, where, and for whom.

Larkspur sells garden plants. It has a payer account and four usage accounts, five teams, a savings plan, a few
reserved instances, servers nobody tagged, and one weekend a month of training on GPUs. All of it is a row of a table;
``bills.py`` turns the rows into what the bill generator reads.

Prices are dollars per hour, for volumes dollars per GB and month. Days are half-open intervals.
"""

from __future__ import annotations

from dataclasses import dataclass, field

PAYER = "104512300001"
PRODUCTION = "104512300002"
STAGING = "104512300003"
DATA = "104512300004"
SHARED = "104512300005"
ACCOUNTS = (PAYER, PRODUCTION, STAGING, DATA, SHARED)


@dataclass(frozen=True, slots=True)
class Owner:
    """Who a resource belongs to, as its tags say. An empty ``team`` means that it carries no tags of ours."""

    app: str
    team: str
    environment: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a resource runs: the account that is billed for it and its availability zone."""

    account: str
    zone: str


@dataclass(frozen=True, slots=True)
class Size:
    """A size of machine, with its price and what the savings plan charges instead."""

    name: str
    vcpu: int
    memory: str
    family: str
    price: float
    plan_price: float


@dataclass(frozen=True, slots=True)
class Machines:
    """Machines of one size that do one job: ``plan`` of them are covered by the savings plan, ``reserved`` by
    reservations, the rest is on demand. ``disk`` is each machine's volume in GB. ``rhythm`` says when they run."""

    owner: Owner
    place: Place
    size: Size
    count: int
    disk: int = 50
    plan: int = 0
    reserved: int = 0
    rhythm: str = "always"


@dataclass(frozen=True, slots=True)
class Service:
    """A service that is billed by the hour, under the generator's name for it and with the generator's fields."""

    generator: str
    owner: Owner
    place: Place
    fields: dict[str, object] = field(default_factory=dict)


SHOP = Owner("storefront", "web", "production")
SHOP_STAGING = Owner("storefront", "web", "staging")
PAY = Owner("checkout", "payments", "production")
PAY_STAGING = Owner("checkout", "payments", "staging")
SEARCH = Owner("search", "search", "production")
WAREHOUSE = Owner("warehouse", "data", "production")
TRAINING = Owner("recommendations", "data", "experiments")
BUILDS = Owner("builds", "platform", "shared")
NETWORK = Owner("network", "platform", "shared")
BACKUPS = Owner("backups", "platform", "shared")
NOBODY = Owner("", "", "")

FRANKFURT_A = Place(PRODUCTION, "eu-central-1a")
FRANKFURT_B = Place(PRODUCTION, "eu-central-1b")
IRELAND = Place(PRODUCTION, "eu-west-1a")
STAGING_SITE = Place(STAGING, "eu-central-1a")
DATA_SITE = Place(DATA, "us-east-1a")
SHARED_SITE = Place(SHARED, "eu-central-1a")
SHARED_OLD = Place(SHARED, "eu-west-1b")

M5_LARGE = Size("m5.large", 2, "8 GiB", "General purpose", 0.096, 0.0605)
M5_XLARGE = Size("m5.xlarge", 4, "16 GiB", "General purpose", 0.192, 0.121)
C5_XLARGE = Size("c5.xlarge", 4, "8 GiB", "Compute optimized", 0.17, 0.1071)
R5_2XLARGE = Size("r5.2xlarge", 8, "64 GiB", "Memory optimized", 0.504, 0.3175)
T3_LARGE = Size("t3.large", 2, "8 GiB", "General purpose", 0.0832, 0.0524)
P3_2XLARGE = Size("p3.2xlarge", 8, "61 GiB", "GPU instance", 3.06, 1.99)

MACHINES = (
    Machines(SHOP, FRANKFURT_A, M5_XLARGE, 4, plan=4),
    Machines(SHOP, FRANKFURT_A, M5_XLARGE, 3, rhythm="weekends"),
    Machines(PAY, FRANKFURT_B, C5_XLARGE, 3, plan=2),
    Machines(SEARCH, IRELAND, R5_2XLARGE, 2, disk=400, reserved=2),
    Machines(SHOP_STAGING, STAGING_SITE, T3_LARGE, 2),
    Machines(PAY_STAGING, STAGING_SITE, T3_LARGE, 1),
    Machines(WAREHOUSE, DATA_SITE, R5_2XLARGE, 2, disk=1000, plan=1),
    Machines(BUILDS, SHARED_SITE, C5_XLARGE, 4, disk=200, rhythm="weekdays"),
    Machines(TRAINING, DATA_SITE, P3_2XLARGE, 4, disk=500, rhythm="one weekend"),
    Machines(NOBODY, SHARED_OLD, M5_LARGE, 2),
)

PLAN_COMMITMENT = 1.10
"""What the savings plan costs per hour, used or not: a little more than the covered machines need."""


def _database(name: str, size: str, vcpu: int, memory: str, price: float) -> dict[str, object]:
    return {
        "resource_id": name,
        "instance_type": {
            "inst_type": size,
            "vcpu": str(vcpu),
            "memory": memory,
            "storage": "EBS Only",
            "family": "Memory optimized",
            "cost": price,
            "rate": price,
        },
    }


def _metered(name: str, amount: float, rate: float, **more: object) -> dict[str, object]:
    return {"resource_id": name, "amount": amount, "rate": rate, **more}


SERVICES = (
    Service("RDS", SHOP, FRANKFURT_A, _database("shop", "db.r5.xlarge", 4, "32 GiB", 0.58)),
    Service("RDS", PAY, FRANKFURT_B, _database("pay", "db.r5.large", 2, "16 GiB", 0.29)),
    Service("RDS", SHOP_STAGING, STAGING_SITE, _database("shop-staging", "db.t3.large", 2, "8 GiB", 0.145)),
    Service("S3", SHOP, FRANKFURT_A, _metered("images", 3.1, 0.0245)),
    Service("S3", WAREHOUSE, DATA_SITE, _metered("lake", 16.4, 0.023)),
    Service("S3", BACKUPS, SHARED_OLD, _metered("backups", 7.25, 0.0125)),
    Service("S3", NOBODY, SHARED_OLD, _metered("old-logs", 2.5, 0.0245)),
    Service("DataTransfer", SHOP, FRANKFURT_A, _metered("storefront-0", 4.6, 0.09, data_direction="out")),
    Service("DataTransfer", WAREHOUSE, DATA_SITE, _metered("warehouse-0", 1.7, 0.02, data_direction="in")),
    Service("VPC", NETWORK, SHARED_SITE, {"resource_id": "office", "cost": 0.05, "rate": 0.05}),
    Service(
        "Marketplace",
        SEARCH,
        IRELAND,
        {"amount": 1, "rate": 0.21, "legal_entity": "Beacon Monitoring Ltd", "product_name": "Beacon Monitoring"},
    ),
    Service("Route53", SHOP, FRANKFURT_A, {"product_family": "DNS Query", "cost": 0.014, "rate": 0.0000004}),
)
