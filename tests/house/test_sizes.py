"""Modules and functions that fit a reader's head, each module with its subject in a sentence."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULE_LINES = 400
FUNCTION_LINES = 40

MODULES = sorted((ROOT / "gateway").rglob("*.py"))
TESTS = sorted((ROOT / "tests").rglob("*.py"))


def name(path):
    return str(path.relative_to(ROOT))


def length(function):
    """Count the lines of a function without its docstring, which is not code."""
    docstring = function.body[0] if ast.get_docstring(function) is not None else None
    lines = function.end_lineno - function.lineno + 1
    return lines - (docstring.end_lineno - docstring.lineno + 1 if docstring else 0)


def functions(tree):
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [node for node in ast.walk(tree) if isinstance(node, kinds)]


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_a_module_and_its_functions_are_short(path):
    text = path.read_text(encoding="utf-8")
    lines = len(text.splitlines())
    assert lines <= MODULE_LINES, f"{lines} lines; split it by subject"
    long = {each.name: length(each) for each in functions(ast.parse(text))}
    assert {each: count for each, count in long.items() if count > FUNCTION_LINES} == {}


@pytest.mark.parametrize("path", [*MODULES, *TESTS], ids=name)
def test_a_module_says_what_it_is_about(path):
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring, "no docstring"
    assert docstring.partition("\n")[0].endswith((".", "?", ":", "!"))


def test_every_public_function_tells_the_caller_something():
    silent = [
        f"{name(path)}: {node.name}"
        for path in MODULES
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        and not node.name.startswith("_")
        and not ast.get_docstring(node)
    ]
    assert silent == []
