"""CloudKitty's plug-in for Tempest, OpenStack's own tests: it needs a Keystone whose catalogue names the server."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from .environments import made, program
from .keystone import DOMAIN, REGION, Account, Keystone
from .openstack_client import outcomes
from .process import ServerError


def tempest_tests(folder: Path, keystone: Keystone) -> Mapping[str, str]:
    """Run the plug-in's tests. Gives, by test, ``passed``, ``skipped`` or what went wrong."""
    member = keystone.create_user("tempest-member", {keystone.create_project("tempest"): ("member", "reader")})
    _configure(folder, keystone, member)
    (tests,) = made("openstack-client").glob("lib/*/site-packages/cloudkitty_tempest_plugin/tests/api")
    report = folder / "tempest.xml"
    options = ["-q", "-p", "no:cacheprovider", f"--junitxml={report}", f"--rootdir={tests}"]
    command = [str(program("openstack-client", "python")), "-m", "pytest", *options, str(tests)]
    environment = os.environ | {"TEMPEST_CONFIG_DIR": str(folder), "TEMPEST_CONFIG": "tempest.conf"}
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if not report.exists():
        raise ServerError(f"Tempest did not run:\n{ended.stdout}{ended.stderr}")
    return outcomes(report)


def _configure(folder: Path, keystone: Keystone, member: Account) -> None:
    accounts = [_account(keystone.admin, ["admin", "member"], ["admin"]), _account(member, ["member", "reader"], [])]
    (folder / "accounts.yaml").write_text(json.dumps(accounts))
    sections = {
        "auth": {
            "use_dynamic_credentials": "False",
            "test_accounts_file": str(folder / "accounts.yaml"),
            "admin_username": keystone.admin.name,
            "admin_password": keystone.admin.password,
            "admin_project_name": keystone.admin.project_name,
            "admin_domain_name": DOMAIN,
        },
        "identity": {"uri_v3": keystone.endpoint, "auth_version": "v3", "region": REGION},
        "service_available": {"cloudkitty": "True"}
        | dict.fromkeys(("cinder", "neutron", "glance", "swift", "nova", "horizon"), "False"),
        "rating_plugin": {"service_name": "rating", "user_name": "cloudkitty", "endpoint_type": "publicURL"},
        "oslo_concurrency": {"lock_path": str(folder)},
    }
    lines = [
        line
        for name, options in sections.items()
        for line in (f"[{name}]", *(f"{option} = {value}" for option, value in options.items()))
    ]
    (folder / "tempest.conf").write_text("\n".join(lines) + "\n")


def _account(account: Account, roles: list[str], types: list[str]) -> Mapping[str, object]:
    return {
        "username": account.name,
        "password": account.password,
        "project_name": account.project_name,
        "user_domain_name": DOMAIN,
        "project_domain_name": DOMAIN,
        "roles": roles,
        "types": types,
    }
