"""Rollups in the report store: aggregates of a release as tables, made by the first question that they can answer.

They are made in a transaction of their own, so that every process finds them. When the next release is shown, those of
the last one are made for it too.
"""

from __future__ import annotations

import hashlib
import re
from typing import Final

import psycopg
from psycopg.sql import SQL, Composed, Identifier, Literal

from tallystick.engine.dialect import Parameters, translated
from tallystick.engine.postgres import Connection
from tallystick.engine.publication import ShownRelease
from tallystick.engine.rollups import LARGEST

PREFIX: Final = "rollup_"
_RENEWED: Final = 64
"""How many are made anew for the next release."""
_MARKED: Final = re.compile(r"\$(\d+)")


def statement_of(connection: Connection, sql: str, parameters: Parameters) -> str:
    """A query in PostgreSQL's dialect with its values written out, as a table cannot be made from parameters."""
    query = translated(sql, "postgres")
    values = [Literal(value).as_string(connection) for value in query.values(parameters)]
    return _MARKED.sub(lambda mark: values[int(mark[1]) - 1], query.sql)


def name_of(release: ShownRelease, statement: str) -> str:
    """The table of a rollup of a release."""
    digest = hashlib.sha256(f"{release.fingerprint} {statement}".encode()).hexdigest()
    return f"{PREFIX}{release.release_id}_{digest[:24]}"


def kept(connection: Connection, schema: str, name: str) -> bool | None:
    """Whether a rollup's table is there; False where it would be too large, None where nobody has asked yet."""
    row = connection.execute(_in("SELECT kept FROM {schema}.rollups WHERE name = %s", schema), (name,)).fetchone()
    return None if row is None else bool(row[0])


def make(connection: Connection, schema: str, release: ShownRelease, statement: str) -> None:
    """Make a rollup, unless the store shows another release by now or somebody else makes it."""
    name = name_of(release, statement)
    try:
        with connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            connection.execute("SET LOCAL jit = off; SET LOCAL work_mem = '64MB'")
            connection.execute(_in("SET LOCAL search_path = {schema}", schema))
            shown = connection.execute("SELECT release_id, fingerprint FROM published").fetchone()
            if shown != (release.release_id, release.fingerprint):
                return
            table = Identifier(schema, name)
            limited = f"CREATE UNLOGGED TABLE {{table}} AS SELECT * FROM ({_escaped(statement)}) AS r LIMIT {{rows}}"
            made = connection.execute(SQL(limited).format(table=table, rows=Literal(LARGEST + 1)))
            small = made.rowcount <= LARGEST
            if not small:
                connection.execute(SQL("DROP TABLE {}").format(table))
            row = name, release.release_id, statement, small
            connection.execute("INSERT INTO rollups (name, release_id, statement, kept) VALUES (%s, %s, %s, %s)", row)
    except (psycopg.errors.DuplicateTable, psycopg.errors.UniqueViolation):
        return


def drop_older(connection: Connection, schema: str, release: ShownRelease) -> None:
    """Drop the rollups of releases before one. Where a reader still holds one, the rest waits until the next time."""
    rows = connection.execute(
        _in("SELECT name FROM {schema}.rollups WHERE release_id < %s", schema), (release.release_id,)
    )
    for (name,) in rows.fetchall():
        try:
            with connection.transaction():
                connection.execute("SET LOCAL lock_timeout = '100ms'")
                connection.execute(SQL("DROP TABLE IF EXISTS {}").format(Identifier(schema, name)))
                connection.execute(_in("DELETE FROM {schema}.rollups WHERE name = %s", schema), (name,))
        except psycopg.errors.LockNotAvailable:
            return


def renew(connection: Connection, schema: str, release: ShownRelease) -> None:
    """Make for a release what was made for the one before it."""
    where = "WHERE kept AND release_id < %s ORDER BY release_id DESC LIMIT %s"
    rows = connection.execute(
        _in(f"SELECT statement FROM {{schema}}.rollups {where}", schema), (release.release_id, _RENEWED)
    ).fetchall()
    for (statement,) in rows:
        make(connection, schema, release, statement)


def _in(sql: str, schema: str) -> Composed:
    return SQL(sql).format(schema=Identifier(schema))


def _escaped(statement: str) -> str:
    """As a part of a text that names are put into."""
    return statement.replace("{", "{{").replace("}", "}}")
