"""Whose header is believed, and who is the local owner."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from tallystick.access import LOCAL_OWNER, Gateways, UnidentifiedError, identify, is_loopback_host
from tallystick.access.testing import identity_header

HEADER = {"x-rh-identity": identity_header()}
LOCAL = {"host": "127.0.0.1:8000"}


def gateways(addresses: list[str]) -> Gateways:
    return Gateways(tuple(ip_network(address) for address in addresses))


@pytest.mark.parametrize("peer", ["10.0.0.5", "10.1.2.3", "::ffff:10.0.0.5"])
def test_a_trusted_gateway_speaks_for_its_callers(peer: str) -> None:
    assert identify(gateways(["10.0.0.5", "10.1.0.0/16"]), peer, HEADER).tenant == "org1234567"


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"])
@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]:8000", "[::1]"])
def test_the_local_owner(peer: str, host: str) -> None:
    assert identify(gateways([]), peer, {"host": host}) is LOCAL_OWNER


NOBODY: list[tuple[list[str], str, dict[str, str]]] = [
    ([], "10.0.0.5", LOCAL),
    ([], "10.0.0.5", HEADER),
    ([], "127.0.0.1", HEADER | LOCAL),
    ([], "127.0.0.1", {"host": "evil.example"}),
    ([], "127.0.0.1", {"host": "127.0.0.1.evil.example:8000"}),
    ([], "127.0.0.1", {}),
    ([], "127.0.0.1", LOCAL | {"x-forwarded-for": "8.8.8.8"}),
    ([], "", LOCAL),
    (["10.0.0.5"], "127.0.0.1", LOCAL),
    (["10.0.0.5"], "10.0.0.5", LOCAL),
    (["10.0.0.5"], "10.0.0.6", HEADER),
    (["10.0.0.5"], "testclient", HEADER),
]


@pytest.mark.parametrize(("addresses", "peer", "headers"), NOBODY)
def test_everybody_else_is_nobody(addresses: list[str], peer: str, headers: dict[str, str]) -> None:
    with pytest.raises(UnidentifiedError):
        identify(gateways(addresses), peer, headers)


def test_names_of_this_machine() -> None:
    assert not is_loopback_host("")
    assert not is_loopback_host("localhost.evil.example")
