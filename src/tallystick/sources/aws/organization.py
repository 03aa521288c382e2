"""An organisation's tree as AWS tells it: from a file of what its CLI printed, or asked of AWS Organizations now.

The file is one JSON object: ``Roots`` as ``list-roots`` gives them, and by the id of the parent ``OrganizationalUnits``
and ``Accounts`` as ``list-organizational-units-for-parent`` and ``list-accounts-for-parent`` do.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tallystick.errors import ConfigError, UnavailableError
from tallystick.settings.organizations import SEPARATOR, Node

Document = Mapping[str, Any]


def read_tree(text: str, name: str) -> list[Node]:
    """The nodes of a collected file, the root first. Raises ConfigError for one that is none, naming the place."""
    try:
        document = json.loads(text)
    except ValueError as error:
        raise ConfigError(f"{name}: this is no JSON: {error}") from error
    return tree_of(document, name)


def tree_of(document: Document, name: str) -> list[Node]:
    """The nodes of a collected document. Raises ConfigError as `read_tree` does."""
    if not isinstance(document, dict) or len(_entries(document.get("Roots"), f"{name}: Roots")) != 1:
        raise ConfigError(f"{name}: Roots must be the list with the one root that list-roots gives")
    units, accounts = (_by_parent(document, key, name) for key in ("OrganizationalUnits", "Accounts"))
    root = document["Roots"][0]
    found = list(_below(root, (), units, accounts))
    listed = {node.node_id for node in found}
    if len(listed) < len(found):
        raise ConfigError(f"{name}: a unit or account stands in two places")
    for parent in (*units, *accounts):
        if parent not in listed:
            raise ConfigError(f"{name}: there is no unit {parent}, of which units or accounts are listed")
    return found


def _below(
    unit: Document, above: tuple[str, ...], units: Mapping[str, list[Document]], accounts: Mapping[str, list[Document]]
) -> Iterator[Node]:
    """A unit and all that is below it."""
    path = (*above, unit["Id"])
    yield Node(unit["Id"], unit["Name"], path, is_account=False)
    for account in accounts.get(unit["Id"], []):
        yield Node(account["Id"], account["Name"], path, is_account=True)
    if unit["Id"] in above:
        return
    for child in units.get(unit["Id"], []):
        yield from _below(child, path, units, accounts)


def _by_parent(document: Document, key: str, name: str) -> dict[str, list[Document]]:
    found = document.get(key, {})
    if not isinstance(found, dict):
        raise ConfigError(f"{name}: {key} must be an object: lists by the id of the parent")
    return {parent: _entries(listed, f"{name}: {key}: {parent}") for parent, listed in found.items()}


def _entries(listed: object, place: str) -> list[Document]:
    for entry in listed if isinstance(listed, list) else [None]:
        texts = [entry.get(field) for field in ("Id", "Name")] if isinstance(entry, dict) else [None]
        if not all(isinstance(text, str) and text for text in texts) or SEPARATOR in str(texts[0]):
            raise ConfigError(f"{place}: a list of objects with Id and Name was expected, not {entry!r}")
    return listed if isinstance(listed, list) else []


def crawl(client: Any) -> Document:
    """The document of the organisation that the credentials belong to. Raises UnavailableError with AWS's reason."""
    from botocore.exceptions import BotoCoreError, ClientError

    document: dict[str, Any] = {"OrganizationalUnits": {}, "Accounts": {}}
    try:
        document["Roots"] = _listed(client, "list_roots", "Roots")
        waiting = [root["Id"] for root in document["Roots"]]
        while waiting:
            parent = waiting.pop()
            units = _listed(client, "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=parent)
            accounts = _listed(client, "list_accounts_for_parent", "Accounts", ParentId=parent)
            document["OrganizationalUnits"][parent], document["Accounts"][parent] = units, accounts
            waiting += [unit["Id"] for unit in units]
    except (BotoCoreError, ClientError) as error:
        raise UnavailableError(f"AWS Organizations: {error}") from error
    return document


def _listed(client: Any, operation: str, key: str, **parameters: str) -> list[Document]:
    pages = client.get_paginator(operation).paginate(**parameters)
    return [{"Id": entry["Id"], "Name": entry.get("Name") or entry["Id"]} for page in pages for entry in page[key]]


def organizations_client() -> Any:
    """A client with the credentials of boto3's own chain. Raises ConfigError without boto3."""
    try:
        import boto3
    except ImportError as error:
        raise ConfigError("asking AWS Organizations needs boto3: pip install 'tallystick[aws]'") from error
    session: Any = boto3.Session()
    return session.client("organizations", region_name=session.region_name or "us-east-1")
