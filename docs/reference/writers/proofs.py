"""Which tests prove which clause: read from the marks in the tests, without running them."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

TESTS: Final = Path(__file__).parents[3] / "tests"
_MARK: Final = "clause"


def proofs() -> dict[str, list[str]]:
    """Return the tests of each clause, as `file::test`, in the order of their files."""
    found: dict[str, list[str]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        name = path.relative_to(TESTS.parent).as_posix()
        for clause, test in _marked(ast.parse(path.read_text("utf-8"))):
            tests = found.setdefault(clause, [])
            if (proof := f"{name}::{test}") not in tests:
                tests.append(proof)
    return found


def _marked(module: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield each clause with the test that carries its mark, itself or in its parameters."""
    constants = {
        target.id: list(_clauses(node.value))
        for node in module.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    of_all = constants.get("pytestmark", [])
    for node in module.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if not node.name.startswith("test_"):
            continue
        clauses = list(of_all)
        for decorator in node.decorator_list:
            clauses += _clauses(decorator)
            for each in ast.walk(decorator):
                if isinstance(each, ast.Name):
                    clauses += constants.get(each.id, [])
        for clause in clauses:
            yield clause, node.name


def _clauses(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            arguments = [each.value for each in node.args if isinstance(each, ast.Constant)]
            if node.func.attr == _MARK:
                yield from (each for each in arguments if isinstance(each, str))
