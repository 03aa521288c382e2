"""Where in the application a request goes."""

from __future__ import annotations

from starlette.types import Scope


def path_of(scope: Scope) -> str:
    """The path below the place that an application is mounted at."""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))
