"""Scripts that end with a ``return``, which Python knows in functions only: at the top level it ends the script."""

from __future__ import annotations

import ast
import builtins
from types import CodeType
from typing import Any, Final

_NAME: Final = "the end of a script"
"""No script can say this name."""


class Ended(BaseException):
    """A script has come to its return."""


BUILTINS: Final[dict[str, Any]] = {**vars(builtins), _NAME: Ended}
"""What scripts have beside their data."""


def compiled(data: str, file: str) -> CodeType:
    """The code of a script. Raises SyntaxError and whatever else a compiler says of a text."""
    try:
        return compile(data, file, "exec")
    except SyntaxError as error:
        if "'return' outside function" not in str(error):
            raise
    return compile(ast.fix_missing_locations(_Returns().visit(ast.parse(data, file))), file, "exec")


class _Returns(ast.NodeTransformer):
    """Makes returns of the top level raise; those of functions stay, and those of classes are wrong."""

    def visit_Return(self, node: ast.Return) -> ast.stmt:
        return ast.copy_location(ast.Raise(exc=ast.Name(id=_NAME, ctx=ast.Load())), node)

    def _leave(self, node: ast.AST) -> ast.AST:
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = visit_ClassDef = visit_Lambda = _leave  # noqa: N815
