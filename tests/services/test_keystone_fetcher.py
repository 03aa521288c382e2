"""The fetcher ``keystone`` against a real Keystone."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from servers.keystone import Account, Keystone
from tallystick.errors import ConfigError, TallyError, UnavailableError
from tallystick.sources.metering import keystone
from tallystick.sources.metering.keystone import open_fetcher
from tallystick.sources.metering.options import MeteringConfig

pytestmark = pytest.mark.services


@dataclass(frozen=True)
class Cloud:
    """Projects by what they are, and who rates them."""

    keystone: Keystone
    projects: dict[str, str]
    account: Account

    def scopes(self, **options: str) -> set[str]:
        """What the fetcher gives, as names; other projects than ours under their ids."""
        names = {project_id: name for name, project_id in self.projects.items()}
        return {names.get(scope, scope) for scope in open_fetcher(self.config(**options)).scopes()}

    def config(self, **options: str) -> MeteringConfig:
        """With a section of its own for the login, as CloudKitty's guide has it."""
        login = {
            "auth_type": "password",
            "auth_url": self.keystone.endpoint,
            "username": self.account.name,
            "password": self.account.password,
            "project_name": self.account.project_name,
            "user_domain_name": "Default",
            "project_domain_name": "Default",
        }
        fetcher = {"auth_section": "keystone_authtoken"} | options
        return MeteringConfig(sections={"keystone_authtoken": login, "fetcher_keystone": fetcher}, metrics_yml="")


@pytest.fixture(scope="module")
def cloud(keystone_server: Keystone) -> Cloud:
    """Without the role; :func:`rated` gives it."""
    names = ("service of ours", "rated", "rated, disabled", "not rated", "of another user", "member only")
    projects = {name: keystone_server.create_project(name, enabled="disabled" not in name) for name in names}
    account = keystone_server.create_user("fetching", {projects["service of ours"]: ["admin"]})
    return Cloud(keystone_server, projects, account)


@pytest.fixture(scope="module")
def rated(cloud: Cloud) -> Cloud:
    """Some projects with the role."""
    other = cloud.keystone.create_user("somebody else", {cloud.projects["of another user"]: ["rating"]})
    assert other.user_id != cloud.account.user_id
    for name in ("rated", "rated, disabled"):
        cloud.keystone.grant(cloud.account.user_id, cloud.projects[name], "rating")
    cloud.keystone.grant(cloud.account.user_id, cloud.projects["member only"], "member")
    return cloud


def test_without_the_role_nobody_is_rated_in_silence(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keystone, "ROLE", "that nobody made")
    with pytest.raises(ConfigError, match="has no role 'that nobody made'"):
        cloud.scopes()


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {"rated", "rated, disabled"}),
        ({"ignore_disabled_tenants": "true"}, {"rated"}),
        ({"keystone_version": "3", "ignore_rating_role": "false"}, {"rated", "rated, disabled"}),
    ],
)
def test_projects_with_the_role_are_scopes(rated: Cloud, options: dict[str, str], expected: set[str]) -> None:
    assert rated.scopes(**options) == expected


def test_all_projects_are_scopes_where_the_role_is_ignored(rated: Cloud) -> None:
    assert rated.scopes(ignore_rating_role="true") >= {*rated.projects, rated.keystone.admin.project_id}
    enabled = rated.scopes(ignore_rating_role="true", ignore_disabled_tenants="true")
    assert set(rated.projects) - enabled == {"rated, disabled"}


def test_it_asks_three_questions_however_many_projects_there_are(rated: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    fetcher = open_fetcher(rated.config())
    asked: list[str] = []
    get = type(fetcher.adapter).get

    def counted(self: object, url: str, **options: object) -> object:
        asked.append(url)
        return get(self, url, **options)

    monkeypatch.setattr(type(fetcher.adapter), "get", counted)
    fetcher.scopes()
    assert asked == ["/projects", "/roles", "/role_assignments"]


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"keystone_version": "2"}, ConfigError, "only 3"),
        ({"auth_section": "elsewhere"}, ConfigError, "no section"),
        ({"auth_section": "fetcher_keystone"}, ConfigError, "auth_type"),
    ],
)
def test_wrong_options_are_refused(
    rated: Cloud, options: dict[str, str], error: type[TallyError], message: str
) -> None:
    with pytest.raises(error, match=message):
        rated.scopes(**options)


def test_who_may_not_read_roles_is_told(rated: Cloud) -> None:
    account = rated.keystone.create_user("powerless", {rated.projects["rated"]: ["member", "rating"]})
    with pytest.raises(ConfigError, match="may not read /projects"):
        Cloud(rated.keystone, rated.projects, account).scopes()


def test_a_wrong_password_and_a_missing_server_are_told(rated: Cloud) -> None:
    wrong = Account("", rated.account.name, "wrong", "", rated.account.project_name)
    with pytest.raises(UnavailableError, match="401"):
        Cloud(rated.keystone, rated.projects, wrong).scopes()
    login = {"auth_type": "password", "auth_url": "http://127.0.0.1:1/v3", "username": "a", "password": "b"}
    domains = {"user_domain_name": "Default", "project_domain_name": "Default", "project_name": "c"}
    nowhere = MeteringConfig(sections={"fetcher_keystone": login | domains}, metrics_yml="")
    with pytest.raises(UnavailableError):
        open_fetcher(nowhere).scopes()
