"""Format, lint, types and import rules, with the settings in pyproject.toml."""

import pytest


def test_every_file_is_formatted(run_tool):
    run_tool("-m", "ruff", "format", "--check", "--diff", ".")


def test_the_linter_has_nothing_to_say(run_tool):
    run_tool("-m", "ruff", "check", "--output-format", "concise", ".")


# Without a cache, on a machine that is busy with the other tests.
@pytest.mark.timeout(600)
def test_the_types_hold(run_tool):
    run_tool("-m", "mypy")


def test_imports_point_down_and_the_core_is_pure(run_tool):
    run_tool("-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-logo")
