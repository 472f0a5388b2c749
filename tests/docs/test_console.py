"""What plays the pages would notice if a page were wrong."""

import pytest

from tests.docs.console import Shell, Step, answers_of, difference, steps

SAME = [
    (("a", "b"), ["a", "b"]),
    (("ID   PEER",), ["ID PEER"]),
    (("at 2026-11-24T10:09:07Z",), ["at 2027-01-01T00:00:00Z"]),
    (("JP-2026-000001",), ["JP-2031-000001"]),
    (("01a20d07-d7f1  x",), ["01a2ffff-0000 x"]),
    (("a", "…", "z"), ["a", "b", "c", "z"]),
    (("a", "…", "z"), ["a", "z"]),
    (("a …", "…"), ["a b", "c"]),
    (("it took 3 ms",), ["it took 1200.5 ms"]),
    (("Status: 1 ⏎",), ["Status: 1"]),
    ((), ["whatever"]),
]
OTHER = [
    (("a",), ["b"], "a"),
    (("a", "b"), ["a"], "b"),
    (("a",), ["a", "b"], "and then: b"),
    (("b", "a"), ["a", "b"], "b"),
    (("JP-2026-000001",), ["JP-2026-000002"], "JP-2026-000001"),
    (("a", "…", "z"), ["a", "b"], "z"),
    (("a … c",), ["a b"], "a … c"),
]


@pytest.mark.parametrize(("expected", "printed"), SAME)
def test_what_may_differ_between_two_runs_does_not_matter(expected, printed):
    assert difference(expected, printed) is None


@pytest.mark.parametrize(("expected", "printed", "line"), OTHER)
def test_anything_else_is_named(expected, printed, line):
    assert difference(expected, printed) == line


PAGE = """\
```console
$ first \\
    second
said
$ third
```

1. In a list:

   ```console
   $ fourth
   Name [a/b]: x: y ⏎
   Why: because ⏎
   ```

```text
$ not run
```
"""


def test_the_commands_of_a_page_are_found_with_their_lines_and_answers(tmp_path):
    page = tmp_path / "page.md"
    page.write_text(PAGE)
    found = list(steps(page))
    assert found == [
        Step(2, "first \\\n    second", ("said",)),
        Step(5, "third", ()),
        Step(11, "fourth", ("Name [a/b]: x: y ⏎", "Why: because ⏎")),
    ]
    assert answers_of(found[2]) == ["x: y", "because"]


def test_a_shell_keeps_what_was_set_and_tells_how_a_command_ended(tmp_path):
    shell = Shell(tmp_path, WORD="one")
    try:
        assert shell.run("export WORD=${WORD}two") == (0, [""])
        assert shell.run('echo "$WORD"; (exit 7)') == (7, ["onetwo", ""])
    finally:
        shell.close()
