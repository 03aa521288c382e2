"""Keystone, the identity service of OpenStack, from the package index: SQLite, Fernet tokens, one process."""

from __future__ import annotations

import base64
import secrets
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .environments import gunicorn, program
from .process import Process, ServerError, free_ports

REGION = "RegionOne"
DOMAIN = "Default"
INTERFACES = ("public", "internal", "admin")
_CONFIGURATION = """
[DEFAULT]
public_endpoint = {root}
use_stderr = true
[database]
connection = sqlite:///{folder}/keystone.db
[fernet_tokens]
key_repository = {folder}/fernet
[identity]
password_hash_rounds = 4
[credential]
key_repository = {folder}/credential
[cache]
enabled = false
[oslo_policy]
policy_file = {folder}/policy.yaml
"""


@dataclass(frozen=True)
class Account:
    """A user who signs in to a project."""

    user_id: str
    name: str
    password: str
    project_id: str
    project_name: str


class Keystone(Process):
    """An identity service with the roles admin, manager, member, reader and service, and one administrator."""

    def __init__(self, folder: Path) -> None:
        (port,) = free_ports(1)
        self._folder = folder
        self.root = f"http://127.0.0.1:{port}"
        self.endpoint = f"{self.root}/v3"
        self._configure()
        command = gunicorn("keystone", "keystone.wsgi.api:application", port, folder)
        environment = {"OS_KEYSTONE_CONFIG_FILES": str(folder / "keystone.conf")}
        super().__init__(command, folder / "log.txt", self._answers, environment=environment)
        self._session: Any = None
        self.admin = Account("", "admin", "admin-secret", "", "admin")
        """Its ids are known once the server runs."""

    def environment(self, account: Account) -> dict[str, str]:
        """What the clients of OpenStack read to sign in with a password."""
        return {
            "OS_AUTH_URL": self.endpoint,
            "OS_AUTH_TYPE": "password",
            "OS_IDENTITY_API_VERSION": "3",
            "OS_USERNAME": account.name,
            "OS_PASSWORD": account.password,
            "OS_PROJECT_NAME": account.project_name,
            "OS_USER_DOMAIN_NAME": DOMAIN,
            "OS_PROJECT_DOMAIN_NAME": DOMAIN,
            "OS_REGION_NAME": REGION,
        }

    def token(self, account: Account) -> str:
        """A token of the account, scoped to its project."""
        return str(self._signed_in(account).get_token())

    def revoke(self, token: str) -> None:
        """End a token before its time."""
        self._session.delete(f"{self.endpoint}/auth/tokens", headers={"X-Subject-Token": token})

    def create_project(self, name: str, *, enabled: bool = True) -> str:
        """Make a project and give its id."""
        return str(self._post("projects", "project", name=name, domain_id="default", enabled=enabled)["id"])

    def create_user(self, name: str, grants: Mapping[str, Sequence[str]]) -> Account:
        """Make a user with roles (created when they are not there) by project id; the first is where they sign in."""
        password = secrets.token_urlsafe(12)
        user = self._post("users", "user", name=name, password=password, domain_id="default", enabled=True)
        for project_id, roles in grants.items():
            for role in roles:
                self.grant(str(user["id"]), project_id, role)
        home = next(iter(grants))
        project_name = self._session.get(f"{self.endpoint}/projects/{home}").json()["project"]["name"]
        return Account(str(user["id"]), name, password, home, str(project_name))

    def grant(self, user_id: str, project_id: str, role: str) -> None:
        """Give a user a role in a project."""
        self._session.put(f"{self.endpoint}/projects/{project_id}/users/{user_id}/roles/{self.role(role)}")

    def role(self, name: str) -> str:
        """The id of a role, created when it is not there."""
        found = self._session.get(f"{self.endpoint}/roles", params={"name": name}).json()["roles"]
        return str(found[0]["id"] if found else self._post("roles", "role", name=name)["id"])

    def register(self, kind: str, name: str, url: str) -> None:
        """Put a service into the catalogue, with ``url`` for each interface; an earlier one of its type goes."""
        for earlier in self._session.get(f"{self.endpoint}/services", params={"type": kind}).json()["services"]:
            self._session.delete(f"{self.endpoint}/services/{earlier['id']}")
        service_id = self._post("services", "service", type=kind, name=name)["id"]
        for interface in INTERFACES:
            self._post("endpoints", "endpoint", service_id=service_id, interface=interface, url=url, region_id=REGION)

    def _post(self, path: str, noun: str, **fields: object) -> Mapping[str, Any]:
        found: Mapping[str, Any] = self._session.post(f"{self.endpoint}/{path}", json={noun: fields}).json()[noun]
        return found

    def _signed_in(self, account: Account) -> Any:
        from keystoneauth1.identity import v3
        from keystoneauth1.session import Session

        domains = {"user_domain_name": DOMAIN, "project_domain_name": DOMAIN}
        names = {"username": account.name, "password": account.password, "project_name": account.project_name}
        return Session(v3.Password(self.endpoint, **names, **domains), timeout=30)

    def _answers(self) -> None:
        session = self._signed_in(self.admin)
        user_id, project_id = session.get_user_id(), session.get_project_id()
        self._session = session
        self.admin = Account(user_id, self.admin.name, self.admin.password, project_id, self.admin.project_name)

    def _configure(self) -> None:
        """The keys, the tables and the first user."""
        (self._folder / "keystone.conf").write_text(_CONFIGURATION.format(root=self.root, folder=self._folder))
        (self._folder / "policy.yaml").write_text("{}\n")
        for repository in ("fernet", "credential"):
            keys = self._folder / repository
            keys.mkdir(mode=0o700)
            for number in ("0", "1"):
                (keys / number).write_bytes(base64.urlsafe_b64encode(secrets.token_bytes(32)))
        self._manage("db_sync")
        urls = [part for interface in INTERFACES for part in (f"--bootstrap-{interface}-url", self.endpoint)]
        self._manage("bootstrap", "--bootstrap-password", "admin-secret", "--bootstrap-region-id", REGION, *urls)

    def _manage(self, *arguments: str) -> None:
        command = [str(program("keystone", "keystone-manage")), "--config-file", str(self._folder / "keystone.conf")]
        ended = subprocess.run([*command, *arguments], cwd=self._folder, capture_output=True, text=True, check=False)
        if ended.returncode:
            raise ServerError(f"keystone-manage {arguments[0]} failed:\n{ended.stdout}{ended.stderr}")
