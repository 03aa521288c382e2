"""CloudKitty's options, as they are written in its file."""

from __future__ import annotations

import pytest

from tallystick.errors import ConfigError
from tallystick.sources.metering.listed import ListedScopes, open_fetcher
from tallystick.sources.metering.options import (
    GnocchiOptions,
    MeteringConfig,
    OrchestratorOptions,
    PrometheusFetcherOptions,
)


def _config(**sections: dict[str, str]) -> MeteringConfig:
    return MeteringConfig(sections=sections, metrics_yml="metrics: {cpu: {unit: u}}")


def test_texts_are_read_as_oslo_config_reads_them() -> None:
    config = _config(
        collect={"collector": "prometheus", "period": "600"},
        fetcher_prometheus={"filters": "a:b, c:d:e", "insecure": "on", "timeout": "1.5"},
        fetcher_source={"sources": "b, a,,b"},
    )
    assert (config.collect.period, config.collect.wait_periods, config.collect.scope_key) == (600, 2, "project_id")
    options = config.section("fetcher_prometheus", PrometheusFetcherOptions)
    assert (options.filters, options.insecure, options.timeout) == ({"a": "b", "c": "d:e"}, True, 1.5)
    assert open_fetcher(config) == ListedScopes(("b", "a", "b"))
    assert open_fetcher(config).scopes() == ["a", "b"]
    assert [metric.key for metric in config.metrics] == ["cpu"]


def test_everything_has_cloudkitty_s_default() -> None:
    config = _config()
    assert (config.collect.collector, config.fetcher, config.skip_expression) == ("gnocchi", "keystone", "False")


def test_a_login_may_stand_in_a_section_of_its_own() -> None:
    config = _config(
        collector_gnocchi={"auth_section": "ks", "username": "not this", "cafile": "/ca", "region_name": "two"},
        ks={"username": "u", "password": "p", "region_name": "one", "cafile": "/other"},
    )
    options = config.section("collector_gnocchi", GnocchiOptions)
    assert (options.username, options.region_name, str(options.cafile)) == ("u", "two", "/ca")


def test_no_secret_is_shown() -> None:
    config = _config(collector_gnocchi={"password": "hush"})
    assert "hush" not in repr(config) + repr(config.section("collector_gnocchi", GnocchiOptions))


@pytest.mark.parametrize(
    ("section", "options", "reason"),
    [
        ("orchestrator", {"max_threads": "many"}, r"\[orchestrator\] max_threads: .*valid integer"),
        ("orchestrator", {"nonsense": "1"}, r"\[orchestrator\] nonsense: Extra inputs"),
        ("orchestrator", {"auth_section": "gone"}, r"auth_section: there is no section \[gone\]"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(section: str, options: dict[str, str], reason: str) -> None:
    with pytest.raises(ConfigError, match=reason):
        _config(**{section: options}).section(section, OrchestratorOptions)
