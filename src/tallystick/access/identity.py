"""Who asks: the identity that a gateway hands over in the ``x-rh-identity`` header.

The header is base64 of a JSON object with ``identity`` (organisation, user or service account) and ``entitlements``.
The tenant is always the organisation's: ``org<org_id>``.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tallystick.access.grants import EVERYTHING, NO_ACCESS, Access, access_from_map
from tallystick.errors import TallyError

LOCAL_TENANT: Final = "default"
_ORG_ID: Final = re.compile(r"[A-Za-z0-9_-]{1,48}")


class UnidentifiedError(TallyError):
    """The request does not say who asks in a way that we may believe (HTTP 401)."""


class NotEntitledError(TallyError):
    """The caller is known, but may not use this service (HTTP 403)."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A caller: the tenant whose data is meant, the person or program, and the rights."""

    tenant: str
    username: str
    email: str
    org_admin: bool
    access: Access


LOCAL_OWNER: Final = Identity(LOCAL_TENANT, "local owner", "", org_admin=True, access=EVERYTHING)
"""Whoever sits at the machine itself, where no gateway is configured."""


def parse_identity(header: str) -> Identity:
    """The identity that the header carries.

    Raises UnidentifiedError for a header that is not a complete identity, NotEntitledError for one that cannot be
    decoded as base64 at all or whose organisation has no entitlement (both answers are the reference's).
    """
    document = _decode(header)
    identity = _block(document, "identity")
    kind = str(identity.get("type") or "").lower()
    person = _block(identity, "user" if kind == "user" else "service_account")
    email = person.get("email") if kind == "user" else ""
    username = person.get("username")
    if not isinstance(username, str) or not username or not isinstance(email, str):
        raise UnidentifiedError("The identity header needs a username and an email address")
    if not _entitled(document):
        raise NotEntitledError("The organisation is not entitled to cost management")
    org_admin = kind == "user" and person.get("is_org_admin") is True
    return Identity(_tenant(identity), username, email, org_admin, _access(person, org_admin))


def _decode(header: str) -> Mapping[str, object]:
    try:
        document = json.loads(base64.b64decode(header))
    except binascii.Error as error:
        raise NotEntitledError("The identity header is not base64") from error
    except (ValueError, RecursionError) as error:
        raise UnidentifiedError("The identity header does not hold JSON") from error
    if not isinstance(document, dict):
        raise UnidentifiedError("The identity header does not hold a JSON object")
    return document


def _block(document: Mapping[str, object], name: str) -> Mapping[str, object]:
    block = document.get(name)
    if not isinstance(block, dict):
        raise UnidentifiedError(f"The identity header has no object {name!r}")
    return block


def _tenant(identity: Mapping[str, object]) -> str:
    org_id = identity.get("org_id")
    if org_id is None and isinstance(internal := identity.get("internal"), dict):
        org_id = internal.get("org_id")
    if not isinstance(org_id, str) or not _ORG_ID.fullmatch(org_id):
        raise UnidentifiedError("The identity header needs an org_id of letters, digits, - and _")
    return f"org{org_id}"


def _entitled(document: Mapping[str, object]) -> bool:
    entitlements = document.get("entitlements")
    entry = entitlements.get("cost_management") if isinstance(entitlements, dict) else None
    return isinstance(entry, dict) and entry.get("is_entitled") is True


def _access(person: Mapping[str, object], org_admin: bool) -> Access:
    given = person.get("access")
    if isinstance(given, dict) and given:
        return access_from_map(given)
    return EVERYTHING if org_admin else NO_ACCESS
