"""What a caller may do: CloudKitty's rules by name, evaluated by oslo.policy, or by nothing where everyone is admin."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tallystick.errors import ConfigError, TallyError

_ADMIN: Final = "rule:context_is_admin"
_READER: Final = "rule:project_reader_or_admin"
_ANYONE: Final = ""

BASE_RULES: Final[Mapping[str, str]] = {
    "context_is_admin": "role:admin",
    "admin_or_owner": "is_admin:True or (role:admin and is_admin_project:True) or project_id:%(project_id)s",
    "project_member_api": "role:member and project_id:%(project_id)s",
    "project_reader_api": "role:reader and project_id:%(project_id)s",
    "project_member_or_admin": "rule:project_member_api or rule:context_is_admin",
    "project_reader_or_admin": "rule:project_reader_api or rule:context_is_admin",
}
"""What other rules, those of a policy file too, are made of."""

RULES: Final[Mapping[str, str]] = {
    "info:list_services_info": _ANYONE,
    "info:get_service_info": _ANYONE,
    "info:list_metrics_info": _ANYONE,
    "info:get_metric_info": _ANYONE,
    "info:get_config": _ANYONE,
    "rating:list_modules": _ADMIN,
    "rating:get_module": _ADMIN,
    "rating:update_module": _ADMIN,
    "rating:quote": _ANYONE,
    "rating:module_config": _ADMIN,
    "report:list_tenants": _ADMIN,
    "report:get_summary": _READER,
    "report:get_total": _READER,
    "storage:list_data_frames": _READER,
    "collector:list_mappings": _ADMIN,
    "collector:get_mapping": _ADMIN,
    "collector:manage_mapping": _ADMIN,
    "collector:get_state": _ADMIN,
    "collector:update_state": _ADMIN,
    "dataframes:add": _ADMIN,
    "dataframes:get": _READER,
    "summary:get_summary": _READER,
    "scope:get_state": _ADMIN,
    "scope:reset_state": _ADMIN,
    "scope:patch_state": _ADMIN,
    "scope:post_state": _ADMIN,
    "schedule:task_reprocesses": _ADMIN,
    "schedule:get_task_reprocesses": _ADMIN,
    "v2_rating:list_modules": _ADMIN,
    "v2_rating:get_module": _ADMIN,
    "v2_rating:update_module": _ADMIN,
}
"""Every rule by which something is done here, and who may when no policy file says otherwise."""


class ForbiddenError(TallyError):
    """The caller may not do what a rule is about (HTTP 403)."""

    def __init__(self, rule: str) -> None:
        super().__init__(f"Policy doesn't allow {rule} to be performed.")
        self.rule = rule


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks. ``project_id`` is the only scope that a caller who is no admin may see."""

    project_id: str | None
    roles: frozenset[str]
    user_id: str | None
    is_admin: bool
    domain_id: str | None = None
    system: bool = False
    """The token is for the whole system, not for a project."""
    is_admin_project: bool = True


class OsloPolicies:
    """The rules above with those of a policy file in their place. Thread-safe; a changed file is read again."""

    def __init__(self, policy_file: Path | None = None) -> None:
        try:
            from oslo_config import cfg
            from oslo_policy import opts, policy
        except ImportError as error:
            raise ConfigError("Policies need the extra openstack: pip install 'tallystick[openstack]'") from error
        if policy_file is not None and not policy_file.is_file():
            raise ConfigError(f"cloudkitty.policy_file: there is no file {policy_file}")
        conf = cfg.ConfigOpts()
        conf([], project="tallystick", default_config_files=[], default_config_dirs=[])
        opts.set_defaults(conf)
        conf.set_override("policy_dirs", [], group="oslo_policy")
        self._lock = threading.Lock()
        self._enforcer = policy.Enforcer(conf, policy_file=str(policy_file.absolute()) if policy_file else os.devnull)
        self._enforcer.register_defaults([policy.RuleDefault(name, check) for name, check in BASE_RULES.items()])
        self._enforcer.register_defaults(
            [policy.RuleDefault(name, check, scope_types=["project"]) for name, check in RULES.items()]
        )
        try:
            self._enforcer.load_rules()
        except (cfg.Error, ValueError) as error:
            raise ConfigError(f"{policy_file}: cannot be read as rules of oslo.policy: {error}") from error

    def allows(self, rule: str, caller: Caller, project: str | None = None) -> bool:
        """What oslo.policy says. A missing project matches nobody's, one's own missing one included."""
        target = {} if project is None else {"project_id": project, "tenant_id": project}
        with self._lock:
            return bool(self._enforcer.enforce(rule, target, _credentials(caller)))


def _credentials(caller: Caller) -> dict[str, object]:
    """A caller in the words of policy rules; what is unknown is left out, so that nothing can equal it."""
    known = {
        "user_id": caller.user_id,
        "project_id": caller.project_id,
        "tenant_id": caller.project_id,
        "domain_id": caller.domain_id,
        "system_scope": "all" if caller.system else None,
    }
    flags = {"is_admin": caller.is_admin, "is_admin_project": caller.is_admin_project, "roles": sorted(caller.roles)}
    return {name: value for name, value in known.items() if value is not None} | flags


Policies = OsloPolicies | None
"""None: no rule is evaluated, as whoever is let in may do everything."""


def enforce(policies: Policies, rule: str, caller: Caller, project: str | None = None) -> None:
    """Raise ForbiddenError where a rule does not let the caller do it, to a project's data where that matters."""
    if policies is not None and not policies.allows(rule, caller, project):
        raise ForbiddenError(rule)
