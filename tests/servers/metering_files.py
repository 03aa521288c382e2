"""A CloudKitty's two files, for a Prometheus that need not be there, with the metrics that its clients' tests want."""

from __future__ import annotations

from pathlib import Path

CONFIGURATION = """
[collect]
collector = prometheus
[fetcher]
backend = source
[fetcher_source]
sources = p1
[collector_prometheus]
prometheus_url = http://127.0.0.1:9/api/v1
"""
METRICS = """
metrics:
  cpu: {unit: instance, alt_name: instance, groupby: [id, project_id], metadata: [flavor_name], mutate: NUMBOOL}
  image.size: {unit: MiB, factor: 1/1048576, groupby: [id, project_id], metadata: [container_format]}
"""


def write(folder: Path) -> list[str]:
    """The words of ``tally import`` for the two files, which are written to a folder."""
    configuration, metrics = folder / "cloudkitty.conf", folder / "metrics.yml"
    configuration.write_text(CONFIGURATION)
    metrics.write_text(METRICS)
    return ["import", str(configuration), str(metrics)]
