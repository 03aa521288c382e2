"""Whom to believe: an identity header counts only from a trusted gateway's address.

With no gateway configured the machine belongs to whoever sits at it: a request over loopback that no proxy forwarded
is the local owner's. Everything else is nobody's.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from tallystick.access.identity import LOCAL_OWNER, Identity, UnidentifiedError, parse_identity

IDENTITY_HEADER: Final = "x-rh-identity"
_FORWARDING_HEADERS: Final = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip")
_LOOPBACK_NAMES: Final = frozenset({"localhost"})

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Gateways:
    """The networks whose identity headers are believed; empty on a machine of one's own."""

    networks: tuple[Network, ...] = ()

    def trusts(self, peer: str) -> bool:
        """Whether the address of the other end of the connection is a gateway's."""
        address = _address(peer)
        return address is not None and any(address in network for network in self.networks)


def identify(gateways: Gateways, peer: str, headers: Mapping[str, str]) -> Identity:
    """The caller of a request from ``peer`` with these (lower-case) headers.

    Raises UnidentifiedError where nobody vouches for the caller, and what `parse_identity` raises.
    """
    header = headers.get(IDENTITY_HEADER)
    if header is not None:
        if not gateways.trusts(peer):
            raise UnidentifiedError(
                f"{peer} is not one of the trusted_gateways, so its {IDENTITY_HEADER} does not count"
            )
        return parse_identity(header)
    if gateways.networks:
        raise UnidentifiedError(f"The {IDENTITY_HEADER} header is missing")
    if not is_local(peer, headers):
        raise UnidentifiedError("Only the machine itself is let in without trusted_gateways")
    return LOCAL_OWNER


def is_local(peer: str, headers: Mapping[str, str]) -> bool:
    """Whether the machine's own user asks.

    Loopback at both ends: a proxy on this machine, or a page whose name was bound to 127.0.0.1, is somebody else.
    """
    address = _address(peer)
    if address is None or not address.is_loopback or any(name in headers for name in _FORWARDING_HEADERS):
        return False
    return is_loopback_host(headers.get("host", ""))


def is_loopback_host(host: str) -> bool:
    """Whether a Host header names this machine to itself."""
    name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
    address = _address(name.strip("[]"))
    return name.lower() in _LOOPBACK_NAMES or (address is not None and address.is_loopback)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return mapped if isinstance(mapped, ipaddress.IPv4Address) else address
