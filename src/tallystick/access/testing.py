"""Identity headers as a gateway would send them, for tests of what reads identities."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping

Json = Mapping[str, object]


def identity_document(user: Json | None = None, identity: Json | None = None, **rest: object) -> dict[str, object]:
    """The content of a header: a plain user of organisation 1234567, with parts replaced."""
    person = {"username": "ann", "email": "ann@example.com", "is_org_admin": False, "access": {}, **(user or {})}
    block = {"account_number": "10001", "org_id": "1234567", "type": "User", "user": person, **(identity or {})}
    return {"identity": block, "entitlements": {"cost_management": {"is_entitled": True}}, **rest}


def encode(document: object) -> str:
    """A header value that carries the document."""
    return base64.b64encode(json.dumps(document).encode()).decode()


def identity_header(access: Json | None = None, *, admin: bool = False, org_id: str = "1234567") -> str:
    """The header of a user with these rights."""
    return encode(identity_document({"access": access or {}, "is_org_admin": admin}, {"org_id": org_id}))
