"""Places for homes of the cluster size, each with a database, a bucket and a catalogue of Trino of its own."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from pydantic import ByteSize

from tallystick.settings.config import S3, Config, Engine

from .postgres import Postgres
from .seaweedfs import SeaweedFS
from .trino import Trino, iceberg_catalog


@dataclass(frozen=True)
class Cluster:
    """Servers that run. The S3 server's keys must be in the environment."""

    postgres: Postgres
    s3: SeaweedFS
    trino: Trino

    def config(self, home: Path, *, trino_above: int = 0) -> Config:
        """The settings of an empty home. What reads more than ``trino_above`` bytes is computed in Trino.

        A copy with another ``home`` is another machine of the same cluster.
        """
        name = f"tally_{uuid.uuid4().hex[:12]}"
        bucket = name.replace("_", "-")
        self.s3.create_bucket(bucket)
        catalog = self.postgres.create_database(name)
        trino = self.trino.create_catalog(name, iceberg_catalog(self.postgres, name, self.s3, f"s3://{bucket}"))
        return Config(
            home=home,
            lake=f"s3://{bucket}",
            catalog=catalog,
            engine=Engine(threads=1, memory="300MB", trino=trino, trino_above=ByteSize(trino_above)),
            s3=S3(endpoint_url=self.s3.endpoint, path_style=True),
        )


@contextmanager
def running(folder: Path, *, optimised: bool = False) -> Iterator[Cluster]:
    """Servers for one program, their data below a folder; stopped at the end. ``optimised`` is Trino's."""
    for name in ("seaweedfs", "trino"):
        (folder / name).mkdir(parents=True)
    with ExitStack() as stack:
        postgres = Postgres()
        stack.callback(postgres.close)
        postgres.start()
        s3 = stack.enter_context(SeaweedFS(folder / "seaweedfs"))
        stack.enter_context(patch.dict(os.environ, s3.environment))
        trino = Trino(folder / "trino", optimised=optimised)
        stack.callback(trino.kill)
        trino.start()
        yield Cluster(postgres, s3, trino)
