"""Rates collected frames with CloudKitty's enabled modules and stores them, as its worker does after it has collected.

It runs in the environment ``cloudkitty``. Standard input has a JSON object per line: ``scope`` and ``frame``, in the
form of ``POST /v2/dataframes``.
"""

import functools
import json
import sys
from datetime import UTC, datetime

from cloudkitty import dataframe, extension_manager, service, storage, storage_state
from cloudkitty.utils import tz as tzutils
from keystonemiddleware import auth_token  # noqa: F401 (registers options that the modules read)


def main():
    """Frame by frame, in the order given; a scope's state is that of its last frame."""
    service.prepare_service(sys.argv)
    kept, states = storage.get_storage(), storage_state.StateManager()
    for line in sys.stdin:
        given = json.loads(line)
        frame = dataframe.DataFrame.from_dict(given["frame"])
        for module in _modules(given["scope"]):
            module.reload_config(frame.start)
            frame = module.process(frame)
        kept.push([frame], given["scope"])
        begin = datetime.fromisoformat(given["frame"]["period"]["begin"]).astimezone(UTC)
        states.set_last_processed_timestamp(
            given["scope"], tzutils.utc_to_local(begin), "keystone", "gnocchi", "project_id"
        )


@functools.cache
def _modules(scope):
    found = extension_manager.EnabledExtensionManager("cloudkitty.rating.processors", invoke_kwds={"tenant_id": scope})
    return sorted((extension.obj for extension in found), key=lambda module: module.priority, reverse=True)


if __name__ == "__main__":
    main()
