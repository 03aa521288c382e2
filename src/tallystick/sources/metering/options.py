"""CloudKitty's options that say what is metered, section by section; names and defaults are CloudKitty's.

A :class:`MeteringConfig` is what a metering source is configured with: the sections as written, and ``metrics.yml`` as
written. It checks them when it is made, and gives each section as the model that reads it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated, Final, Literal, TypeVar

from pydantic import AliasChoices, BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, ValidationError

from tallystick.errors import ConfigError
from tallystick.sources.metering.metrics_conf import Metric, read_metrics


def _split(value: object) -> object:
    """A comma separated list as CloudKitty writes it."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


def _pairs(value: object) -> object:
    """Comma separated ``key:value`` pairs."""
    if not isinstance(value, str):
        return value
    pairs = [part.partition(":") for part in value.split(",") if part.strip()]
    if not all(colon for _, colon, _ in pairs):
        raise ValueError("must be key:value pairs, separated by commas")
    return {key.strip(): text.strip() for key, _, text in pairs}


Texts = Annotated[tuple[str, ...], BeforeValidator(_split)]
Pairs = Annotated[dict[str, str], BeforeValidator(_pairs)]


class Options(BaseModel):
    """A section. Unknown options are refused here; an import reports them instead of handing them on."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Model = TypeVar("Model", bound=Options)


class CollectOptions(Options):
    """[collect]"""

    collector: str = "gnocchi"
    period: Annotated[int, Field(gt=0)] = 3600
    """Seconds."""
    wait_periods: Annotated[int, Field(ge=0)] = 2
    metrics_conf: str = "/etc/cloudkitty/metrics.yml"
    scope_key: str = "project_id"


class FetcherOptions(Options):
    """[fetcher]"""

    backend: str = "keystone"


class OrchestratorOptions(Options):
    """[orchestrator]; of these only the expression and the number of threads have an effect here."""

    skip_datapoints_expression: str = "False"
    coordination_url: SecretStr = SecretStr("file:///var/lib/cloudkitty/locks")
    max_workers: int | None = None
    max_workers_reprocessing: int | None = None
    max_threads: Annotated[int, Field(validation_alias=AliasChoices("max_threads", "max_greenthreads"))] = 16
    collector_request_timeout: int = 300


class PrometheusOptions(Options):
    """[collector_prometheus]"""

    prometheus_url: str = ""
    """With /api/v1."""
    prometheus_user: str | None = None
    prometheus_password: SecretStr | None = None
    cafile: Path | None = None
    insecure: bool = False
    timeout: Annotated[float, Field(ge=0)] = 60
    """Seconds; 0 for none."""


class PrometheusFetcherOptions(PrometheusOptions):
    """[fetcher_prometheus]"""

    metric: str = ""
    scope_attribute: str = "project_id"
    filters: Pairs = {}


class SourceFetcherOptions(Options):
    """[fetcher_source]"""

    sources: Texts = ()


class SessionOptions(Options):
    """What keystoneauth registers in a section for its session."""

    cafile: Path | None = None
    certfile: Path | None = None
    keyfile: Path | None = None
    insecure: bool = False
    timeout: float | None = None
    """Seconds."""
    collect_timing: bool = False
    split_loggers: bool = False


class KeystoneOptions(SessionOptions):
    """The session, and how to log in."""

    auth_type: Annotated[str | None, Field(validation_alias=AliasChoices("auth_type", "auth_plugin"))] = None
    auth_section: str | None = None
    auth_url: str | None = None
    system_scope: str | None = None
    domain_id: str | None = None
    domain_name: str | None = None
    project_id: Annotated[str | None, Field(validation_alias=AliasChoices("project_id", "tenant_id"))] = None
    project_name: Annotated[str | None, Field(validation_alias=AliasChoices("project_name", "tenant_name"))] = None
    project_domain_id: str | None = None
    project_domain_name: str | None = None
    trust_id: str | None = None
    default_domain_id: str | None = None
    default_domain_name: str | None = None
    user_id: str | None = None
    username: Annotated[str | None, Field(validation_alias=AliasChoices("username", "user_name"))] = None
    user_domain_id: str | None = None
    user_domain_name: str | None = None
    password: SecretStr | None = None
    passcode: SecretStr | None = None
    token: SecretStr | None = None
    endpoint: str | None = None
    application_credential_id: str | None = None
    application_credential_name: str | None = None
    application_credential_secret: SecretStr | None = None


class AuthOptions(KeystoneOptions):
    """A section that another one names as its ``auth_section``, and [keystone_authtoken]."""

    interface: str | None = None
    region_name: str | None = None


class GnocchiOptions(KeystoneOptions):
    """[collector_gnocchi]"""

    gnocchi_auth_type: Literal["keystone", "basic"] = "keystone"
    gnocchi_user: str = ""
    gnocchi_endpoint: str = ""
    interface: str = "internalURL"
    region_name: str = "RegionOne"
    http_pool_maxsize: int = 10


class GnocchiFetcherOptions(GnocchiOptions):
    """[fetcher_gnocchi]"""

    scope_attribute: str = "project_id"
    resource_types: Texts = ("generic",)


class KeystoneFetcherOptions(KeystoneOptions):
    """[fetcher_keystone]"""

    keystone_version: str = "3"
    ignore_rating_role: bool = False
    ignore_disabled_tenants: bool = False


class AetosOptions(KeystoneOptions):
    """[collector_aetos]"""

    interface: Literal["internal", "public", "admin"] = "public"
    region_name: str | None = None


SECTIONS: Final[dict[str, type[Options]]] = {
    "collect": CollectOptions,
    "fetcher": FetcherOptions,
    "orchestrator": OrchestratorOptions,
    "fetcher_keystone": KeystoneFetcherOptions,
    "fetcher_gnocchi": GnocchiFetcherOptions,
    "fetcher_prometheus": PrometheusFetcherOptions,
    "fetcher_source": SourceFetcherOptions,
    "collector_gnocchi": GnocchiOptions,
    "collector_prometheus": PrometheusOptions,
    "collector_aetos": AetosOptions,
}
"""Every section that is read, but for those that an ``auth_section`` names."""


MASK: Final = "***"
_SECRET: Final = re.compile("pass|secret|token|coordination_url|credential$")
_USERINFO: Final = re.compile("//[^/@]*:[^/@]*@")
Written = str | tuple[str, ...]
"""What stands in a configuration file: a text, or several for an option that is given several times."""


class MeteringConfig(BaseModel):
    """The configuration of a metering source. What else is stored beside it is not its own."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    sections: Annotated[Mapping[str, Mapping[str, Written]], Field(repr=False)]
    """Section to option to what is written there."""
    metrics_yml: str
    """The text of ``metrics.yml``."""

    def section(self, name: str, model: type[Model]) -> Model:
        """A section, by default empty, as a model. Raises ConfigError with section, option and reason."""
        try:
            return model.model_validate(self._with_login(name))
        except ValidationError as error:
            reasons = (f"[{name}] {_place(detail['loc'])}{detail['msg']}" for detail in error.errors())
            raise ConfigError("\n".join(reasons)) from error

    @cached_property
    def collect(self) -> CollectOptions:
        """[collect]"""
        return self.section("collect", CollectOptions)

    @cached_property
    def fetcher(self) -> str:
        """The name of the fetcher."""
        return self.section("fetcher", FetcherOptions).backend

    @cached_property
    def skip_expression(self) -> str:
        """When a rated point is left out, for metrics without an expression of their own."""
        return self.section("orchestrator", OrchestratorOptions).skip_datapoints_expression

    @cached_property
    def metrics(self) -> tuple[Metric, ...]:
        """What is collected, sorted by key. Raises ConfigError."""
        return read_metrics(self.metrics_yml, collector=self.collect.collector, scope_key=self.collect.scope_key)

    def shown(self) -> Iterator[tuple[str, str, str]]:
        """(section, option, value) of all that is written, without the secrets."""
        for section, options in sorted(self.sections.items()):
            for name, value in sorted(options.items()):
                text = value if isinstance(value, str) else ", ".join(value)
                yield section, name, MASK if _SECRET.search(name) else _USERINFO.sub(f"//{MASK}@", text)

    def _with_login(self, name: str) -> Mapping[str, object]:
        """A section's options, with the login from its ``auth_section``, where it names one."""
        own = self.sections.get(name, {})
        other = own.get("auth_section")
        if not isinstance(other, str) or other == name:
            return own
        if other not in self.sections:
            raise ConfigError(f"[{name}] auth_section: there is no section [{other}]")
        login = {key: value for key, value in self.sections[other].items() if key in _LOGIN}
        return {key: value for key, value in own.items() if key not in _LOGIN} | login


def names_of(model: type[BaseModel]) -> frozenset[str]:
    """The names that a model reads, the old ones too."""
    aliases = (field.validation_alias for field in model.model_fields.values())
    others = (choice for alias in aliases if isinstance(alias, AliasChoices) for choice in alias.choices)
    return frozenset(model.model_fields) | {str(choice) for choice in others}


_LOGIN: Final = names_of(KeystoneOptions) - names_of(SessionOptions)
"""The options that say how to log in."""


def _place(location: tuple[int | str, ...]) -> str:
    return "".join(f"{part}: " for part in location)
