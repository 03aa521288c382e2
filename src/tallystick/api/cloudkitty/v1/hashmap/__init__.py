"""Hashmap's rules: ``rating/module_config/hashmap/...``."""

from tallystick.api.cloudkitty.v1.hashmap import mappings, names, thresholds

ROUTERS = (names.API.router, mappings.API.router, thresholds.API.router)
