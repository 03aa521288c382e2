"""Where a home keeps its files, from its configuration."""

from __future__ import annotations

from tallystick.lake.fileio import open_objects
from tallystick.lake.filesystems import S3Options
from tallystick.lake.storage import LocalStorage, Storage
from tallystick.settings.config import Config


def open_storage(config: Config) -> Storage:
    """Where deliveries, tables and statements lie."""
    home = config.home.resolve()
    if config.lake is None:
        return LocalStorage(home)
    return open_objects(config.lake, s3_options(config), home / "cache", int(config.cache_bytes))


def s3_options(config: Config) -> S3Options:
    """Where ``s3://`` addresses lead."""
    return S3Options(config.s3.endpoint_url, config.s3.path_style, config.s3.ca_bundle)
