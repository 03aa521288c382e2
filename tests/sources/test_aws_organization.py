"""The tree of an organisation from a collected file, and crawled by botocore's own stub of AWS."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tallystick.errors import ConfigError, UnavailableError
from tallystick.settings.organizations import Node
from tallystick.sources.aws.organization import crawl, read_tree, tree_of

COLLECTED: dict[str, Any] = {
    "Roots": [{"Id": "r-1", "Arn": "arn", "Name": "Root", "PolicyTypes": []}],
    "OrganizationalUnits": {"r-1": [{"Id": "ou-a", "Name": "Sales"}], "ou-a": [{"Id": "ou-b", "Name": "Shop"}]},
    "Accounts": {"r-1": [{"Id": "100", "Name": "payer", "Status": "ACTIVE"}], "ou-b": [{"Id": "200", "Name": "web"}]},
}
TREE = [
    Node("r-1", "Root", ("r-1",), is_account=False),
    Node("100", "payer", ("r-1",), is_account=True),
    Node("ou-a", "Sales", ("r-1", "ou-a"), is_account=False),
    Node("ou-b", "Shop", ("r-1", "ou-a", "ou-b"), is_account=False),
    Node("200", "web", ("r-1", "ou-a", "ou-b"), is_account=True),
]


def test_a_collected_file() -> None:
    assert read_tree(json.dumps(COLLECTED), "tree.json") == TREE


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"Roots": []}, "the one root"),
        ({"Roots": [{"Id": "r-1"}]}, "Roots: a list of objects with Id and Name"),
        ({"Accounts": [{"Id": "1", "Name": "x"}]}, "Accounts must be an object"),
        ({"Accounts": {"ou-b": [{"Id": 1, "Name": "x"}]}}, "Accounts: ou-b: a list of objects"),
        ({"Accounts": {"ou-x": [{"Id": "1", "Name": "x"}]}}, "there is no unit ou-x"),
        ({"Accounts": {"r-1": [{"Id": "1", "Name": "x"}, {"Id": "1", "Name": "x"}]}}, "in two places"),
        ({"OrganizationalUnits": {"r-1": [{"Id": "ou-a", "Name": "a"}], "ou-a": [{"Id": "r-1", "Name": "b"}]}}, "two"),
    ],
)
def test_a_file_that_is_no_tree(changes: dict[str, Any], reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        read_tree(json.dumps({"Roots": COLLECTED["Roots"]} | changes), "tree.json")
    with pytest.raises(ConfigError, match="no JSON"):
        read_tree("{", "tree.json")


def test_the_crawl_takes_every_page() -> None:
    client, stub = _stubbed()
    stub.add_response("list_roots", {"Roots": [{"Id": "r-1", "Name": "Root"}]}, {})
    stub.add_response(
        "list_organizational_units_for_parent",
        {"OrganizationalUnits": [{"Id": "ou-a", "Name": "Sales"}], "NextToken": "more"},
        {"ParentId": "r-1"},
    )
    stub.add_response(
        "list_organizational_units_for_parent", {"OrganizationalUnits": []}, {"ParentId": "r-1", "NextToken": "more"}
    )
    stub.add_response(
        "list_accounts_for_parent", {"Accounts": [{"Id": "1" * 12, "Name": "payer"}]}, {"ParentId": "r-1"}
    )
    stub.add_response("list_organizational_units_for_parent", {"OrganizationalUnits": []}, {"ParentId": "ou-a"})
    stub.add_response("list_accounts_for_parent", {"Accounts": [{"Id": "2" * 12}]}, {"ParentId": "ou-a"})
    with stub:
        found = tree_of(crawl(client), "AWS")
    assert [(node.node_id, node.name, "&".join(node.path)) for node in found] == [
        ("r-1", "Root", "r-1"),
        ("111111111111", "payer", "r-1"),
        ("ou-a", "Sales", "r-1&ou-a"),
        ("222222222222", "222222222222", "r-1&ou-a"),
    ]


def test_a_refusal_says_why() -> None:
    client, stub = _stubbed()
    stub.add_client_error("list_roots", "AccessDeniedException", "You don't have permissions")
    with stub, pytest.raises(UnavailableError, match="You don't have permissions"):
        crawl(client)


def _stubbed() -> tuple[Any, Any]:
    boto3, stub = pytest.importorskip("boto3"), pytest.importorskip("botocore.stub")
    client = boto3.client("organizations", "us-east-1", aws_access_key_id="x", aws_secret_access_key="x")
    return client, stub.Stubber(client)
