"""Closing months, and telling which are open."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

from sqlalchemy import select

from tallystick import clock
from tallystick.engine.derive import write_part
from tallystick.engine.duck import connect, create_view
from tallystick.engine.models import Model
from tallystick.errors import ConflictError, NotFoundError
from tallystick.lake.parts import Part, Partition
from tallystick.lake.schemas import CHARGE_SETS, LEDGER, TableSchema
from tallystick.lake.tables import current_parts
from tallystick.ledger.statements import Statement, save, statement_of
from tallystick.planner import records
from tallystick.planner.derive_run import Context, derive_alone
from tallystick.planner.leases import DERIVE, Held
from tallystick.planner.plan import Plan, by_partition
from tallystick.planner.views import MonthView
from tallystick.settings.models import Month, Source


def close_month(context: Context, source_name: str, period: date) -> None:
    """Store the statement of a month and publish the ledger that rests on it.

    Raises NotFoundError for a source or month without charges, ConflictError for one that is closed or not over.
    """
    if period >= clock.today().replace(day=1):
        raise ConflictError(f"{period:%Y-%m} is not over yet")
    partition = _partition(context, source_name, period)
    with context.derivation() as derivation, context.lease(DERIVE) as held:
        derive_alone(context, derivation, held)
        _close(context, held, partition)
        derive_alone(context, derivation, held)


def _partition(context: Context, source_name: str, period: date) -> Partition:
    with context.database.read() as session:
        source = records.find_source(session, context.store.tenant, source_name)
    return Partition(source.source_id, period)


def _close(context: Context, held: Held, partition: Partition) -> None:
    tenant = context.store.tenant
    books = context.books()
    if partition not in {found.month for found in books.effective_parts}:
        raise NotFoundError(f"no delivery covers {partition.billing_period:%Y-%m} of this source")
    if any(statement.partition == partition for statement in books.statements):
        raise ConflictError(f"{partition.billing_period:%Y-%m} is closed already")
    statement = _statement(books.plan, partition, f"statements/{tenant}/{partition}")
    closed_at = clock.now()
    with tempfile.TemporaryDirectory(dir=context.resources.spill) as folder:
        ledger = _put_together(context, LEDGER, books.plan, partition, Path(folder))
        charge_sets = _put_together(context, CHARGE_SETS, books.plan, partition, Path(folder))
        digest = save(context.storage, statement, ledger, charge_sets, closed_at)
    with context.database.write() as session:
        held.check(session)
        session.merge(
            Month(
                tenant_id=tenant,
                source_id=partition.source_id,
                billing_period=partition.billing_period,
                state=records.CLOSED,
                closed_at=closed_at,
                statement_path=statement.folder,
                statement_hash=digest,
            )
        )


def _statement(plan: Plan, partition: Partition, folder: str) -> Statement:
    booked = {part.fingerprint for part in plan.parts[LEDGER.name] if part.partition == partition}
    revisions = {
        recipe.part.fingerprint: recipe.revision.revised_period
        for recipe in plan.recipes
        if recipe.revision is not None and recipe.part.partition == partition
    }
    return statement_of(partition, folder, booked - revisions.keys(), booked, revisions.values())


def _put_together(context: Context, table: TableSchema, plan: Plan, partition: Partition, folder: Path) -> Path:
    store = context.store
    parts: list[Part] = by_partition(plan.parts[table.name]).get(partition, [])
    target = folder / f"{table.name}.parquet"
    with store.reading() as reading, connect(context.resources) as connection:
        paths = reading.paths(table, store.settled(table, parts))
        create_view(connection, table.name, table, store.ids[table.name], paths)
        write_part(connection, Model(table, f"SELECT * FROM {table.name}"), store.ids[table.name], target)
    return target


def months(context: Context) -> list[MonthView]:
    """Every month of every source, oldest first."""
    tenant = context.store.tenant
    books = context.books()
    with context.database.read() as session:
        names = dict(session.execute(select(Source.source_id, Source.name).where(Source.tenant_id == tenant)).all())
        rows = {
            Partition(row.source_id, row.billing_period): row
            for row in session.scalars(select(Month).where(Month.tenant_id == tenant))
        }
    posted = {
        part
        for part, files in current_parts(context.store.tables[LEDGER.name].refresh()).items()
        if any(file.record_count for file in files)
    }
    revisions = {
        Partition(recipe.part.partition.source_id, recipe.revision.revised_period): recipe.revision.number
        for recipe in books.plan.recipes
        if recipe.revision is not None and recipe.part in posted
    }
    return [
        MonthView(
            partition.source_id,
            names[partition.source_id],
            partition.billing_period,
            rows[partition].state if partition in rows else records.OPEN,
            rows[partition].closed_at if partition in rows else None,
            revisions.get(partition, 0),
        )
        for partition in sorted(
            {found.month for found in books.effective_parts}, key=lambda one: (one.billing_period, names[one.source_id])
        )
    ]
