"""Identities, tenants and permissions: who asks, whom to believe, and what they may see."""

from tallystick.access.gateway import IDENTITY_HEADER, Gateways, identify, is_local, is_loopback_host
from tallystick.access.grants import EVERYTHING, NO_ACCESS, NOTHING, RESOURCE_TYPES, Access, Grant, access_from_map
from tallystick.access.identity import (
    LOCAL_OWNER,
    LOCAL_TENANT,
    Identity,
    NotEntitledError,
    UnidentifiedError,
    parse_identity,
)
from tallystick.access.permissions import RULES, USER_ACCESS, Decision, decide, user_access

__all__ = [
    "EVERYTHING",
    "IDENTITY_HEADER",
    "LOCAL_OWNER",
    "LOCAL_TENANT",
    "NOTHING",
    "NO_ACCESS",
    "RESOURCE_TYPES",
    "RULES",
    "USER_ACCESS",
    "Access",
    "Decision",
    "Gateways",
    "Grant",
    "Identity",
    "NotEntitledError",
    "UnidentifiedError",
    "access_from_map",
    "decide",
    "identify",
    "is_local",
    "is_loopback_host",
    "parse_identity",
    "user_access",
]
