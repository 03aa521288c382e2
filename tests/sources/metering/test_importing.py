"""CloudKitty's configuration file: read as oslo.config reads it, and nothing of it is lost in silence."""

from __future__ import annotations

import pytest

from tallystick.errors import ConfigError
from tallystick.sources.metering import oslo_ini
from tallystick.sources.metering.importing import import_config
from tallystick.sources.metering.options import GnocchiOptions, PrometheusOptions, SourceFetcherOptions

METRICS = "metrics: {vm: {unit: instance}}"
CONF = """
# a comment
[DEFAULT]
auth_strategy = keystone
pw = s3$$cret
[collect]
collector = prometheus
period: 600
; another
[fetcher_source]
sources = a, b,
  c
[collector_prometheus]
prometheus_url = http://me:hush@localhost:9090/api/v1
prometheus_password = ${DEFAULT.pw}
nonsense = hush
timeout = 1
timeout = 2
[collector_gnocchi]
auth_section = KS
[KS]
user-name = gno
password = " in quotes "
[collector_theirs]
anything = 1
anything = 2
[orchestrator]
max_workers = 4
coordination_url = redis://:hush@h
skip_datapoints_expression = datapoint['vol']['qty'] == 0
[empty]
"""


def test_what_is_about_metering_is_taken_over() -> None:
    config = import_config(CONF, "cloudkitty.conf", METRICS, "metrics.yml").config
    assert (config.collect.collector, config.collect.period) == ("prometheus", 600)
    assert config.section("fetcher_source", SourceFetcherOptions).sources == ("a", "b", "c")
    prometheus = config.section("collector_prometheus", PrometheusOptions)
    assert prometheus.prometheus_password is not None
    assert (prometheus.prometheus_password.get_secret_value(), prometheus.timeout) == ("s3$cret", 2)
    gnocchi = config.section("collector_gnocchi", GnocchiOptions)
    assert gnocchi.password is not None
    assert (gnocchi.username, gnocchi.password.get_secret_value()) == ("gno", " in quotes ")
    assert config.sections["collector_theirs"] == {"anything": ("1", "2")}
    assert config.skip_expression == "datapoint['vol']['qty'] == 0"


def test_what_is_not_is_said_without_its_value() -> None:
    assert import_config(CONF, "cloudkitty.conf", METRICS, "metrics.yml").left == (
        "[default] is not about metering: auth_strategy, pw",
        "[empty] is not about metering: empty",
        "[collector_prometheus] has no such option: nonsense",
        "[orchestrator] is without effect here: coordination_url, max_workers",
    )


def test_secrets_are_masked_where_they_are_shown() -> None:
    shown = {name: value for _, name, value in import_config(CONF, "c", METRICS, "m").config.shown()}
    assert (shown["prometheus_password"], shown["password"]) == ("***", "***")
    assert shown["prometheus_url"] == "http://***@localhost:9090/api/v1"
    assert not {"hush", "s3$cret", " in quotes "} & set(shown.values())


@pytest.mark.parametrize(
    ("conf", "metrics", "reason"),
    [
        ("x = 1", METRICS, "c.conf, line 1: x stands before the first section"),
        ("[collect", METRICS, "c.conf, line 1: [collect is not a section"),
        ("[collect]\nperiod", METRICS, "c.conf, line 2: there is no name and value"),
        ("[collect]\n= 3", METRICS, "c.conf, line 2: there is no name and value"),
        (
            "[collect]\nscope_key = $nothing",
            METRICS,
            "c.conf: [collect] scope_key: $nothing is not in the file; write $$ for a dollar",
        ),
        (
            "[collect]\nscope_key = $scope_key",
            METRICS,
            "c.conf: [collect] scope_key: $scope_key is not in the file; write $$ for a dollar",
        ),
        ("[collect]\nperiod = 0", METRICS, "c.conf: [collect] period: Input should be greater than 0"),
        (
            "[fetcher_gnocchi]\nauth_section = x",
            METRICS,
            "c.conf: [fetcher_gnocchi] auth_section: there is no section [x]",
        ),
        ("[collect]", "metrics: {}", "m.yml: metrics: must be a mapping with at least one metric"),
    ],
)
def test_what_is_wrong_is_said_with_its_place(conf: str, metrics: str, reason: str) -> None:
    with pytest.raises(ConfigError) as raised:
        import_config(conf, "c.conf", metrics, "m.yml")
    assert str(raised.value) == reason


def test_a_value_goes_on_in_lines_that_begin_with_blanks() -> None:
    text = "[a]\nb = 1\n  2\n\t3\n\nc = \\$x $$y\n[a]\nb = 4\n"
    assert oslo_ini.read(text, "f") == {"a": {"b": ("1\n2\n3", "4"), "c": ("$x $y",)}}
