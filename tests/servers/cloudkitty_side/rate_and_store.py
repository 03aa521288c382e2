"""Rates collected frames with CloudKitty's enabled modules and stores them, as its worker does after it has collected.

It runs in the environment ``cloudkitty``. Standard input has a JSON object per line: ``scope`` and ``frame``, in the
form of ``POST /v2/dataframes``. Unlike the worker it reads the rules once for a day of a scope, and stores the day at
once: so a month takes minutes.
"""

import functools
import json
import sys
from datetime import UTC
from itertools import groupby

from cloudkitty import dataframe, extension_manager, service, storage, storage_state
from cloudkitty.utils import tz as tzutils
from keystonemiddleware import auth_token  # noqa: F401 (registers options that the modules read)


def main():
    """Day by day, scope by scope; a scope's state is that of its last frame."""
    service.prepare_service(sys.argv)
    kept, states = storage.get_storage(), storage_state.StateManager()
    for _, lines in groupby(map(json.loads, sys.stdin), key=lambda line: line["frame"]["period"]["begin"][:10]):
        for scope, together in groupby(sorted(lines, key=_scope), key=_scope):
            frames = [dataframe.DataFrame.from_dict(line["frame"]) for line in together]
            kept.push(_rated(scope, frames), scope)
            last = tzutils.utc_to_local(frames[-1].start.astimezone(UTC))
            states.set_last_processed_timestamp(scope, last, "keystone", "gnocchi", "project_id")


def _scope(line):
    return line["scope"]


def _rated(scope, frames):
    for module in _modules(scope):
        module.reload_config(frames[0].start)
        frames = [module.process(frame) for frame in frames]
    return frames


@functools.cache
def _modules(scope):
    found = extension_manager.EnabledExtensionManager("cloudkitty.rating.processors", invoke_kwds={"tenant_id": scope})
    return sorted((extension.obj for extension in found), key=lambda module: module.priority, reverse=True)


if __name__ == "__main__":
    main()
