# SPDX-License-Identifier: MulanPSL-2.0
"""A room that needs a tour is too big: limits on modules, classes, functions, the main window."""

import ast
from collections.abc import Iterator

from tests.architecture.sources import python_files, shown, tree

MODULE_LINES = 400
CLASS_METHODS = 25
FUNCTION_LINES = 50
MAIN_WINDOW_LINES = 300

Function = ast.FunctionDef | ast.AsyncFunctionDef


def docstring_lines(node: Function) -> int:
    """Lines of the docstring: explaining more must not cost code."""
    first = node.body[0]
    if ast.get_docstring(node) is None or first.end_lineno is None:
        return 0
    return first.end_lineno - first.lineno + 1


def function_lines(node: Function) -> int:
    """Lines from ``def`` to the end, without the docstring."""
    return (node.end_lineno or node.lineno) - node.lineno + 1 - docstring_lines(node)


def over_budget(name: str, module: ast.Module, lines: int) -> Iterator[str]:
    """Every limit that the module breaks, in words."""
    if lines > MODULE_LINES:
        yield f"{name}: {lines} lines, at most {MODULE_LINES}"
    for node in ast.walk(module):
        if isinstance(node, ast.ClassDef):
            methods = len({n.name for n in node.body if isinstance(n, Function)})
            if methods > CLASS_METHODS:
                yield f"{name}: class {node.name} has {methods} methods, at most {CLASS_METHODS}"
            bases = {ast.unparse(base).rpartition(".")[2] for base in node.bases}
            if "QMainWindow" in bases and lines > MAIN_WINDOW_LINES:
                yield f"{name}: main window of {lines} lines, at most {MAIN_WINDOW_LINES}"
        elif isinstance(node, Function) and (size := function_lines(node)) > FUNCTION_LINES:
            yield f"{name}: {node.name} has {size} lines, at most {FUNCTION_LINES}"


def test_everything_is_within_its_budget() -> None:
    broken = [
        line
        for path in python_files()
        for line in over_budget(
            shown(path), tree(path), len(path.read_text(encoding="utf-8").splitlines())
        )
    ]
    assert broken == []


def test_the_limits_bite() -> None:
    methods = "\n".join(f"    def m{i}(self): ..." for i in range(CLASS_METHODS + 1))
    body = "\n".join("    pass" for _ in range(FUNCTION_LINES))
    source = f"class Big(QMainWindow):\n{methods}\ndef long():\n    '''Doc.'''\n{body}\n"
    found = list(over_budget("x.py", ast.parse(source), MODULE_LINES + 1))
    assert [line.split(": ")[1].split(",")[0] for line in found] == [
        "401 lines",
        "class Big has 26 methods",
        "main window of 401 lines",
        "long has 51 lines",
    ]
