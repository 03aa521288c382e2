"""Scripts: what can be made, changed, ended and found."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from rating.rules.conftest import NOW, TENANT, processed
from tallystick.rating.pyscripts.store import (
    ScriptDraft,
    active_scripts,
    create_script,
    delete_script,
    script,
    scripts,
    update_script,
)
from tallystick.rating.rules.dated import DatedFilter
from tallystick.rating.rules.errors import DuplicateRuleError, InvalidRuleError, UnknownRuleError
from tallystick.settings.metering import PyScript

HOUR = timedelta(hours=1)
LATER, PAST = NOW + 100 * HOUR, NOW - 100 * HOUR


def make(session: Session, name: str = "one", data: str = "a = 0", *, force: bool = False, **values: Any) -> PyScript:
    return create_script(session, TENANT, ScriptDraft(name=name, data=data, **values), "me", force=force)


def update(session: Session, row: PyScript, **values: Any) -> PyScript:
    return update_script(session, TENANT, row.script_id, ScriptDraft(**{"name": row.name, **values}), "you")


def test_what_is_kept(session: Session) -> None:
    made = make(session, description="mine")
    assert (made.start_at, made.end_at, made.created_by, made.description) == (NOW, None, "me", "mine")
    assert made.checksum.startswith("4c612e33c0e40b7bf53cf95fad47dbfb")
    assert scripts(session, TENANT, DatedFilter()) == [script(session, TENANT, made.script_id)] == [made]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        ("a = 1\nif:\n", "Script one cannot be compiled: line 2: SyntaxError: invalid syntax"),
        ("class A:\n    return 0", "Script one cannot be compiled: line 2: SyntaxError: 'return' outside function"),
        ("a\x00b", "source code string cannot contain null bytes"),
        ("x = '\ud800'", "surrogates not allowed"),
        ("(" * 300, "Script one cannot be compiled: line 1: SyntaxError: too many nested parentheses"),
        ("-" * 200_000 + "1", "Script one cannot be compiled: "),
    ],
)
def test_what_does_not_compile_is_refused(session: Session, data: str, told: str) -> None:
    with pytest.raises(InvalidRuleError, match="Script one cannot be compiled") as refused:
        make(session, data=data)
    assert told in str(refused.value)
    later = make(session, start=LATER)
    with pytest.raises(InvalidRuleError, match="Script one cannot be compiled"):
        update(session, later, data=data)
    assert later.data == "a = 0"


def test_a_script_is_not_run_when_it_is_sent(session: Session) -> None:
    make(session, data="while True: pass")


def test_names_are_unique_among_the_living(session: Session) -> None:
    made = make(session)
    with pytest.raises(DuplicateRuleError, match=rf"^Script one already exists \(UUID: {made.script_id}\)$"):
        make(session)
    delete_script(session, TENANT, made.script_id, "you")
    assert make(session).script_id != made.script_id


def test_dates(session: Session) -> None:
    with pytest.raises(InvalidRuleError, match="Cannot create a rule with start in the past"):
        make(session, start=PAST)
    with pytest.raises(InvalidRuleError, match="Cannot create a rule with start after end"):
        make(session, start=LATER, end=LATER - HOUR)
    assert make(session, start=PAST, force=True).start_at == PAST


def test_a_running_script_may_only_be_given_an_end(session: Session) -> None:
    row = make(session, start=PAST, force=True, description="x")
    for change in ({"data": "a = 1"}, {"start": LATER}, {"description": "y"}, {"name": "two"}):
        with pytest.raises(
            InvalidRuleError, match=r"You are allowed to update only the attribute \[end\] as this rule"
        ):
            update(session, row, **change)
    with pytest.raises(InvalidRuleError, match="End date must be in the future"):
        update(session, row, end=PAST)
    assert update(session, row, end=LATER, data="a = 0").end_at == LATER
    assert (row.updated_by, row.data, row.description) == ("you", "a = 0", "x")
    with pytest.raises(InvalidRuleError, match="already processed and has a defined end date"):
        update(session, row, end=LATER + HOUR)


def test_a_script_that_has_not_started_may_be_changed(session: Session) -> None:
    row = make(session, start=LATER, description="x")
    changed = update(session, row, name="other", data="b = 1", end=LATER + HOUR)
    assert (changed.name, changed.data, changed.start_at, changed.description) == ("one", "b = 1", LATER, None)
    assert changed.checksum != make(session, "two").checksum
    assert update(session, row).data == "b = 1", "without data it stays"


def test_a_deleted_script_is_kept_but_gone(session: Session) -> None:
    row = make(session)
    delete_script(session, TENANT, row.script_id, "you")
    assert (row.deleted_at, row.deleted_by) == (NOW, "you")
    for attempt in (delete_script, update_script, script):
        arguments: tuple[Any, ...] = {delete_script: ("me",), update_script: (ScriptDraft(name="one"), "me")}.get(
            attempt, ()
        )
        with pytest.raises(UnknownRuleError, match=rf"^No such script: None \(UUID: {row.script_id}\)$"):
            attempt(session, TENANT, row.script_id, *arguments)
    assert scripts(session, TENANT, DatedFilter()) == []
    assert scripts(session, TENANT, DatedFilter(deleted=True)) == [row]


def test_filters(session: Session) -> None:
    past = make(session, "past", start=PAST, end=LATER, force=True, description="Has 100% of it")
    later = make(session, "later", start=LATER)
    cases = {
        DatedFilter(active=True): [past],
        DatedFilter(start=NOW): [later],
        DatedFilter(end=LATER + HOUR): [past],
        DatedFilter(description="100%"): [past],
        DatedFilter(description="0_%"): [],
        DatedFilter(created_by="you"): [],
        DatedFilter(created_by="me"): [past, later],
    }
    for wanted, found in cases.items():
        assert {row.name for row in scripts(session, TENANT, wanted)} == {row.name for row in found}


def test_which_scripts_are_for_a_day(session: Session) -> None:
    processed(session, 0)
    ended = make(session, "ended", start=PAST, end=NOW - 2 * HOUR, force=True)
    deleted = make(session, "deleted", start=PAST, force=True)
    delete_script(session, TENANT, deleted.script_id, "me")
    future = make(session, "future", start=LATER)
    day = [(one.name, one.begin, one.end) for one in active_scripts(session, TENANT, NOW - 24 * HOUR, NOW + HOUR)]
    assert sorted(day) == [("deleted", PAST, deleted.effective_to), ("ended", PAST, ended.end_at)]
    assert [one.name for one in active_scripts(session, TENANT, LATER, LATER + HOUR)] == [future.name]
    assert active_scripts(session, TENANT, PAST - 24 * HOUR, PAST) == []
