"""The rules in CloudKitty's own SQL database, as rows of ours.

Its moments have no zone: those of rules are of the host where its API runs, those of scopes are UTC. Parents are named
by integers there, by ids here. What a rule of ours cannot be is left, with the reason.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from tallystick import clock
from tallystick.errors import UnavailableError
from tallystick.rating.modules import MODULES, ModuleState
from tallystick.rating.pyscripts.runner import check_source
from tallystick.rating.rules.amounts import stored
from tallystick.rating.rules.errors import InvalidRuleError
from tallystick.settings.metering import (
    CollectorMapping,
    CollectorState,
    HashmapField,
    HashmapGroup,
    HashmapMapping,
    HashmapService,
    HashmapThreshold,
    PyScript,
    ScopeState,
)
from tallystick.settings.moments import ALWAYS
from tallystick.sources.cloudkitty_storage.sql import connect


class Row(dict[str, Any]):
    """A row of theirs; a column that an older CloudKitty lacks is None."""

    def __missing__(self, key: str) -> None:
        return None


_TABLES: Final = (
    "modules_state",
    "service_to_collector_mappings",
    "hashmap_services",
    "hashmap_fields",
    "hashmap_groups",
    "hashmap_mappings",
    "hashmap_thresholds",
    "pyscripts_scripts",
    "cloudkitty_storage_states",
    "storage_scope_reprocessing_schedule",
)
_COLLECTOR: Final = "collector_"
"""What the name of a collector's state begins with, among those of modules."""


@dataclass
class Rules:
    """What a database has. What is undated there counts from the beginning of time."""

    modules: list[ModuleState] = field(default_factory=list)
    services: list[HashmapService] = field(default_factory=list)
    fields: list[HashmapField] = field(default_factory=list)
    groups: list[HashmapGroup] = field(default_factory=list)
    mappings: list[HashmapMapping] = field(default_factory=list)
    thresholds: list[HashmapThreshold] = field(default_factory=list)
    scripts: list[PyScript] = field(default_factory=list)
    collectors: list[CollectorMapping | CollectorState] = field(default_factory=list)
    scopes: list[ScopeState] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    """What cannot be taken over, a line each."""


def read_rules(address: str, zone: ZoneInfo, tenant: str) -> Rules:
    """Everything in a database, as rows of a tenant. Raises ConfigError for what is no address, UnavailableError."""
    engine = connect(address)
    try:
        with engine.connect() as connection:
            metadata = sa.MetaData()
            metadata.reflect(connection, only=lambda name, _: name in _TABLES)
            tables = {name: _rows(connection, table) for name, table in metadata.tables.items()}
    except SQLAlchemyError as error:
        raise UnavailableError(f"{engine.url}: {getattr(error, 'orig', None) or error}") from error
    finally:
        engine.dispose()
    return _Translation({name: tables.get(name, []) for name in _TABLES}, zone, tenant).rules()


def _rows(connection: sa.Connection, table: sa.Table) -> list[Row]:
    return [Row(row) for row in connection.execute(sa.select(table).order_by(*table.primary_key)).mappings()]


class _Translation:
    """Rows of theirs to rows of ours."""

    def __init__(self, tables: Mapping[str, list[Row]], zone: ZoneInfo, tenant: str) -> None:
        self._tables = tables
        self._zone = zone
        self._tenant = tenant
        self._now = clock.now()
        self._found = Rules()
        self._services = {row["id"]: row["service_id"] for row in tables["hashmap_services"]}
        self._fields = {row["id"]: row["field_id"] for row in tables["hashmap_fields"]}
        self._groups = {row["id"]: row["group_id"] for row in tables["hashmap_groups"]}

    def rules(self) -> Rules:
        """All of them."""
        steps = (
            ("modules_state", self._module),
            ("service_to_collector_mappings", self._collector),
            ("hashmap_services", self._service),
            ("hashmap_fields", self._field),
            ("hashmap_groups", self._group),
            ("hashmap_mappings", self._mapping),
            ("hashmap_thresholds", self._threshold),
            ("pyscripts_scripts", self._script),
            ("cloudkitty_storage_states", self._scope),
            ("storage_scope_reprocessing_schedule", self._reprocessing),
        )
        for table, translate in steps:
            for row in self._tables[table]:
                try:
                    translate(row)
                except InvalidRuleError as error:
                    self._found.left.append(f"{table} {_name(row)}: {error}")
        return self._found

    def _module(self, row: Row) -> None:
        name = row["name"]
        if name.startswith(_COLLECTOR):
            collector = name.removeprefix(_COLLECTOR)
            made = CollectorState(tenant_id=self._tenant, name=collector, enabled=bool(row["state"]))
            self._found.collectors.append(made)
        elif name in MODULES:
            self._found.modules.append(ModuleState(name, bool(row["state"]), row["priority"] or 1))
        elif row["state"]:
            raise InvalidRuleError("there is no rating module of this name here")

    def _collector(self, row: Row) -> None:
        made = CollectorMapping(tenant_id=self._tenant, service=row["service"], collector=row["collector"])
        self._found.collectors.append(made)

    def _service(self, row: Row) -> None:
        self._found.services.append(HashmapService(service_id=row["service_id"], **self._named(row)))

    def _field(self, row: Row) -> None:
        service_id = self._services[row["service_id"]]
        self._found.fields.append(HashmapField(field_id=row["field_id"], service_id=service_id, **self._named(row)))

    def _group(self, row: Row) -> None:
        self._found.groups.append(HashmapGroup(group_id=row["group_id"], **self._named(row)))

    def _named(self, row: Row) -> Mapping[str, Any]:
        return {"tenant_id": self._tenant, "name": row["name"], "created_at": self._now}

    def _parents(self, row: Row) -> Mapping[str, Any]:
        return {
            "service_id": self._services.get(row["service_id"]),
            "field_id": self._fields.get(row["field_id"]),
            "group_id": self._groups.get(row["group_id"]),
            "scope_id": row.get("tenant_id"),
        }

    def _dates(self, row: Row) -> Mapping[str, Any]:
        deleted = self._moment(row["deleted"])
        return {
            "start_at": self._moment(row["start"]) or ALWAYS,
            "end_at": self._moment(row["end"]),
            "created_at": self._moment(row["created_at"]) or self._now,
            "created_by": row["created_by"],
            "updated_by": row["updated_by"],
            "deleted_at": deleted,
            "effective_to": deleted,
            "deleted_by": row["deleted_by"],
            "description": row["description"],
        }

    def _mapping(self, row: Row) -> None:
        made = HashmapMapping(
            tenant_id=self._tenant,
            mapping_id=row["mapping_id"],
            name=row["name"] or row["mapping_id"],
            kind=row["map_type"],
            cost=stored(Decimal(row["cost"]), "cost"),
            value=row["value"] or None,
            **self._parents(row),
            **self._dates(row),
        )
        self._found.mappings.append(made)

    def _threshold(self, row: Row) -> None:
        made = HashmapThreshold(
            tenant_id=self._tenant,
            effective_from=ALWAYS,
            version_id=row["threshold_id"],
            threshold_id=row["threshold_id"],
            level=stored(Decimal(row["level"]), "level"),
            kind=row["map_type"],
            cost=stored(Decimal(row["cost"]), "cost"),
            **self._parents(row),
        )
        self._found.thresholds.append(made)

    def _script(self, row: Row) -> None:
        source = zlib.decompress(row["data"])
        try:
            data = source.decode()
        except ValueError as error:
            raise InvalidRuleError(f"not a script that can run: {error}") from error
        check_source(row["name"], data)
        checksum = hashlib.sha512(source).hexdigest()
        names = {"tenant_id": self._tenant, "script_id": row["script_id"], "name": row["name"]}
        self._found.scripts.append(PyScript(data=data, checksum=checksum, **names, **self._dates(row)))

    def _scope(self, row: Row) -> None:
        made = ScopeState(
            tenant_id=self._tenant,
            scope_id=row["identifier"],
            scope_key=row["scope_key"] or "",
            fetcher=row["fetcher"] or "",
            collector=row["collector"] or "",
            last_processed_at=_utc(row["last_processed_timestamp"]),
            active=row["active"] is None or bool(row["active"]),
            toggled_at=_utc(row["scope_activation_toggle_date"]),
        )
        self._found.scopes.append(made)

    def _reprocessing(self, row: Row) -> None:
        current = row["current_reprocess_time"]
        if current is None or current < row["end_reprocess_time"]:
            raise InvalidRuleError("the order is not finished: let CloudKitty finish it, or order it here again")

    def _moment(self, naive: datetime | None) -> datetime | None:
        return None if naive is None else naive.replace(tzinfo=self._zone).astimezone(UTC)


def _utc(naive: datetime | None) -> datetime | None:
    return None if naive is None else naive.replace(tzinfo=UTC)


def _name(row: Row) -> str:
    names = ("name", "mapping_id", "threshold_id", "script_id", "identifier")
    return str(next(row[name] for name in names if row.get(name)))
