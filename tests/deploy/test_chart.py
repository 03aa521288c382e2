"""The Helm chart: it renders to what Kubernetes knows, nothing in it runs as root, and its values are checked."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import typer.main
import yaml

from tallystick.cli.app import app
from tallystick.settings.loading import load

ROOT = Path(__file__).parents[2]
CHART = ROOT / "deploy" / "helm" / "tallystick"
VALUES = yaml.safe_load((CHART / "values.yaml").read_text())
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
SCALED = ("--set", "api.autoscaling.enabled=true,worker.autoscaling.enabled=true")
PLAIN = ("--set", "networkPolicy.enabled=false,serviceAccount.create=false,worker.podDisruptionBudget.enabled=false")
PLACED = ("--set-json", 'worker={"nodeSelector":{"disk":"fast"},"args":["--queues","large"]}')
Object = dict[str, Any]


def helm(*arguments: str) -> subprocess.CompletedProcess[str]:
    beside = Path(sys.executable).with_name("helm")
    program = str(beside) if beside.exists() else shutil.which("helm")
    if program is None:
        pytest.skip("needs helm: make test-services installs it where there is Go")
    return subprocess.run([program, *arguments], capture_output=True, text=True, check=False)


def rendered(*options: str, version: str = "1.31") -> dict[tuple[str, str], Object]:
    done = helm("template", "cost", str(CHART), "--kube-version", f"{version}.0", *options)
    assert done.returncode == 0, done.stderr
    found = [each for each in yaml.safe_load_all(done.stdout) if each]
    return {(each["kind"], each["metadata"]["name"]): each for each in found}


def test_the_configuration_is_one_that_we_read(tmp_path: Path) -> None:
    file = tmp_path / "tally.toml"
    file.write_text(VALUES["config"])
    assert load({"TALLY_CONFIG": str(file)}).config.serve.host == "0.0.0.0"


def test_chart_and_image_have_the_version_of_the_package() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
    assert (chart["appVersion"], chart["version"]) == (VERSION, VERSION)
    assert f"image: tallystick:{VERSION}" in (ROOT / "deploy" / "compose.yaml").read_text()


@pytest.mark.services
def test_helm_finds_no_fault() -> None:
    done = helm("lint", "--strict", "--kube-version", "1.31.0", str(CHART))
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.services
@pytest.mark.parametrize("version", ["1.25", "1.31", "1.37"])
@pytest.mark.parametrize("options", [(), SCALED, PLAIN, PLACED], ids=["default", "scaled", "plain", "placed"])
def test_kubernetes_knows_what_is_rendered(options: tuple[str, ...], version: str) -> None:
    objects = rendered(*options, version=version)
    assert len(objects) >= 6
    for each in objects.values():
        kubernetes_validate.validate(each, version, strict=True)


@pytest.mark.services
def test_what_runs_is_ours_not_as_root_and_has_bounds() -> None:
    deployments = [each for (kind, _), each in rendered().items() if kind == "Deployment"]
    assert [each["metadata"]["name"].rpartition("-")[2] for each in deployments] == ["api", "scheduler", "worker"]
    for deployment in deployments:
        pod = deployment["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        assert pod["securityContext"]["runAsNonRoot"]
        assert not pod["automountServiceAccountToken"]
        assert container["securityContext"]["readOnlyRootFilesystem"]
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert container["resources"]["limits"]["memory"]
        command, *arguments = container["args"]
        typer.main.get_command(app).commands[command].make_context(command, arguments)


@pytest.mark.services
def test_what_scales_has_no_number_of_its_own() -> None:
    objects = rendered(*SCALED)
    assert "replicas" not in objects["Deployment", "cost-tallystick-api"]["spec"]
    assert objects["HorizontalPodAutoscaler", "cost-tallystick-api"]["spec"]["maxReplicas"] == 6


@pytest.mark.services
def test_a_new_configuration_restarts_the_pods() -> None:
    def marks(*options: str) -> set[str]:
        found = rendered(*options)
        pods = [each["spec"]["template"]["metadata"] for (kind, _), each in found.items() if kind == "Deployment"]
        return {pod["annotations"]["checksum/config"] for pod in pods}

    assert marks().isdisjoint(marks("--set", "config=lake = 's3://other'"))


@pytest.mark.services
@pytest.mark.parametrize("wrong", ["api.replica=3", "worker.replicas=many", "image.pullPolicy=Perhaps", "secretName="])
def test_a_value_that_is_wrong_is_refused(wrong: str) -> None:
    assert helm("template", "cost", str(CHART), "--kube-version", "1.31.0", "--set", wrong).returncode
