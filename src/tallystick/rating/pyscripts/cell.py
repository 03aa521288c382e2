"""The process of rating scripts: compiles them, gives up what it does not need, and runs them over frames."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from types import CodeType
from typing import Any

from tallystick.rating.frames.cell import confine
from tallystick.rating.frames.cell.frame import Frame
from tallystick.rating.frames.cell.serving import RatingError, serve, told
from tallystick.rating.frames.cell.timing import OutOfTime, timed, watch_time
from tallystick.rating.pyscripts.ending import BUILTINS, Ended, compiled


class Script:
    """A compiled script and the period starts that it is for. ``broken`` is why it could not be compiled."""

    def __init__(self, name: str, data: str, begin: str | None, end: str | None) -> None:
        self.name = name
        self.begin = datetime.fromisoformat(begin) if begin else datetime.min.replace(tzinfo=UTC)
        self.end = datetime.fromisoformat(end) if end else datetime.max.replace(tzinfo=UTC)
        self.file = f"<script {name}>"
        self.code: CodeType | None = None
        self.broken: RatingError | None = None
        try:
            self.code = compiled(data, self.file)
        except Exception as error:  # what a compiler says of a text differs by version
            self.broken = RatingError(name, getattr(error, "lineno", None), told(error))

    def run(self, frame: Frame, cpu_seconds: float) -> None:
        """Run it over a frame. Raises RatingError."""
        if self.code is None:
            raise self.broken or RatingError(self.name, None, "not compiled")
        names: dict[str, Any] = {"data": frame.data(), "__builtins__": dict(BUILTINS)}
        try:
            with timed(cpu_seconds):
                with suppress(Ended):
                    exec(self.code, names)
                frame.take(names.get("data"))
        except OutOfTime:
            reason = f"more than {cpu_seconds:g} s of CPU time for one period"
            raise RatingError(self.name, None, reason, endless=True) from None
        except BaseException as error:
            raise RatingError(self.name, self._line(error), told(error)) from None

    def _line(self, error: BaseException) -> int | None:
        """The innermost line of the script that an error went through."""
        line, step = None, error.__traceback__
        while step is not None:
            if step.tb_frame.f_code.co_filename == self.file:
                line = step.tb_lineno
            step = step.tb_next
        return line


class Scripts:
    """Scripts in their order."""

    def __init__(self, scripts: list[Script], cpu_seconds: float) -> None:
        self._scripts = scripts
        self._cpu_seconds = cpu_seconds

    def problems(self) -> list[dict[str, Any]]:
        """Of those that do not compile."""
        return [script.broken.told() for script in self._scripts if script.broken]

    def rate(self, frame: Frame, scope: str | None) -> None:  # noqa: ARG002 (no script is told whose points they are)
        """Run the scripts that are for the frame's period, one after the other."""
        at = frame.begin
        for script in self._scripts:
            if script.begin <= at < script.end:
                script.run(frame, self._cpu_seconds)


def prepare(settings: dict[str, Any]) -> Scripts:
    """Compile the scripts, then close the door."""
    confine.load_modules()
    watch_time()
    confine.limit_memory(settings["memory_bytes"])
    confine.lock_in(kernel=settings["kernel"])
    return Scripts([Script(*script) for script in settings["scripts"]], settings["cpu_seconds"])


if __name__ == "__main__":
    serve(prepare)
