"""What the identity header must hold, and whom it makes of the caller (koku-api 9.1)."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.access import EVERYTHING, NO_ACCESS, NotEntitledError, UnidentifiedError, parse_identity
from tallystick.access.testing import encode as encoded
from tallystick.access.testing import identity_document as document
from tallystick.errors import TallyError

Json = dict[str, object]


def test_a_user() -> None:
    identity = parse_identity(encoded(document()))
    assert (identity.tenant, identity.username, identity.email) == ("org1234567", "ann", "ann@example.com")
    assert identity.access == NO_ACCESS


@pytest.mark.parametrize(
    ("user", "everything"),
    [
        ({"is_org_admin": True}, True),
        ({"is_org_admin": True, "access": None}, True),
        ({"is_org_admin": True, "access": {"aws.account": {"read": ["1"]}}}, False),
        ({"is_org_admin": "true"}, False),
        ({}, False),
    ],
)
def test_an_admin_without_a_map_may_do_everything(user: Json, everything: bool) -> None:
    assert (parse_identity(encoded(document(user))).access == EVERYTHING) is everything


def test_a_service_account_has_no_email_and_is_no_admin() -> None:
    block = {"type": "ServiceAccount", "service_account": {"username": "robot", "is_org_admin": True}}
    identity = parse_identity(encoded(document(identity=block)))
    assert (identity.username, identity.email, identity.org_admin) == ("robot", "", False)


BAD: list[tuple[object, type[TallyError]]] = [
    ([], UnidentifiedError),
    ({}, UnidentifiedError),
    (document(identity={"org_id": None}), UnidentifiedError),
    (document(identity={"org_id": "../../etc"}), UnidentifiedError),
    (document(identity={"org_id": 7}), UnidentifiedError),
    (document(identity={"user": None}), UnidentifiedError),
    (document(identity={"type": None}), UnidentifiedError),
    (document({"username": ""}), UnidentifiedError),
    (document({"email": None}), UnidentifiedError),
    (document(entitlements={}), NotEntitledError),
    (document(entitlements={"cost_management": {"is_entitled": False}}), NotEntitledError),
    (document(entitlements={"cost_management": {"is_entitled": "yes"}}), NotEntitledError),
    (document(entitlements=None), NotEntitledError),
]


@pytest.mark.parametrize(("value", "error"), BAD)
def test_incomplete_identities(value: object, error: type[TallyError]) -> None:
    with pytest.raises(error):
        parse_identity(encoded(value))


@pytest.mark.parametrize(
    ("header", "error"),
    [
        ("", UnidentifiedError),
        ("garbages", UnidentifiedError),
        ("abc", NotEntitledError),
        (base64.b64encode(b"\xff\xfe").decode(), UnidentifiedError),
        (base64.b64encode(b"[" * 100_000).decode(), UnidentifiedError),
    ],
)
def test_undecodable_headers(header: str, error: type[TallyError]) -> None:
    with pytest.raises(error):
        parse_identity(header)


@given(st.recursive(st.none() | st.booleans() | st.text(), lambda v: st.lists(v) | st.dictionaries(st.text(), v)))
def test_any_json_is_refused_politely(value: object) -> None:
    with pytest.raises(TallyError):
        parse_identity(encoded(value))
