"""The conventions of version 1 (those of WSME): arguments from path, query and body alike, whatever the verb; errors
that name the argument or attribute at fault; objects as plain dataclasses.
"""

from tallystick.api.cloudkitty.wsme.endpoints import Created, Endpoints, Moved, NoContent
from tallystick.api.cloudkitty.wsme.faults import FaultError, InvalidInputError

__all__ = ["Created", "Endpoints", "FaultError", "InvalidInputError", "Moved", "NoContent"]
