"""Paper: one file that is whole in itself, escaped, private, and never made half."""

import html.parser
import re
import stat

import pytest

from gateway.cli import new_file, paper
from gateway.cli.labelled import schema_of
from gateway.errors import ConflictError
from tests.cli.two_desks import two_desks
from tests.nodes import answer_to

VOID = {"meta", "br"}
EVIL = "</p><script>alert(1)</script><img src=x onerror=y>\"'&\x1b[2J\u202e"


class Page(html.parser.HTMLParser):
    """The tags and texts of a page; every tag must be closed in its order."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.texts, self.open = [], [], [], []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.texts.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())


@pytest.fixture
def desks(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with two_desks(tmp_path / "nodes") as found:
        yield found


@pytest.fixture(autouse=True)
def nodes_folder(tmp_path):
    (tmp_path / "nodes").mkdir()


def test_a_message_becomes_a_private_page_with_content_levels_and_proof(desks, tmp_path):
    sent = desks.ask()
    finished = desks.cli("kh", "print", sent["reference"], "--zone", "ICT")
    assert finished.code == 0, finished.err
    file = tmp_path / f"{sent['reference']}.html"
    assert finished.out == f"{file.name}\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    raw = file.read_text("utf-8")
    page = Page(raw)
    for text in (
        sent["reference"],
        sent["id"],
        sent["header_digest"],
        "CHAN DARA",
        "ចាន់ ដារ៉ា",
        "この登録証明書は貴省が発行したものですか。",
        "confidential, personal-data",
        "A certificate (certification)",
        "Read here",
        "ICT)",
        "printed",
        "Evidence kept by this node",
    ):
        assert text in page.text, text
    assert re.search(r"Printed by \S+ at kh/molvt, .* UTC", page.text)
    assert ("lang", "ja") in page.attributes
    desks.do(desks.pair.jp.desk.wait(sent["id"], "handed-over", 5))


def test_the_page_holds_no_script_and_refers_to_nothing_outside(desks, tmp_path):
    sent = desks.ask()
    desks.cli("kh", "print", sent["id"], "--to", "page.html")
    raw = (tmp_path / "page.html").read_text("utf-8")
    page = Page(raw)
    assert not {"script", "img", "link", "iframe", "object", "form", "a", "base"} & set(page.tags)
    assert not {"src", "href", "srcset", "action", "onclick", "onload"} & {
        name for name, _ in page.attributes
    }
    assert "url(" not in raw
    assert "@import" not in raw
    assert "://" not in raw
    policies = [value for name, value in page.attributes if name == "content"]
    assert any("default-src 'none'" in str(value) for value in policies)


def test_reference_and_marking_stand_in_what_browsers_repeat_on_each_sheet(desks, tmp_path):
    sent = desks.ask()
    desks.cli("kh", "print", sent["id"], "--to", "page.html")
    raw = (tmp_path / "page.html").read_text("utf-8")
    head = raw[raw.index("<thead>") : raw.index("</thead>")]
    foot = raw[raw.index("<tfoot>") : raw.index("</tfoot>")]
    assert sent["reference"] in head
    for edge in (head, foot):
        assert "confidential, personal-data" in edge


def test_a_whole_matter_is_printed_with_its_story_and_every_message(desks, tmp_path):
    sent = desks.ask()
    desks.cli("kh", "show", sent["id"])
    desks.send("kh", answer_to(sent))
    finished = desks.cli("jp", "print", sent["reference"], "--thread", "--json")
    document = finished.json()
    assert (document["file"], len(document["messages"])) == (f"{sent['reference']}.html", 2)
    page = Page((tmp_path / document["file"]).read_text("utf-8"))
    assert page.tags.count("section") == 3
    assert "Cambodia answered" in page.text
    assert "No record was found." in page.text
    records = desks.do(_printed(desks.pair.jp))
    assert sorted(records) == sorted(document["messages"])


async def _printed(node):
    rows = await node.store.read(
        lambda tx: tx._database.execute(
            "SELECT subject FROM evidence WHERE fact = 'printed'"
        ).fetchall()
    )
    return [row["subject"] for row in rows]


def test_internal_notes_do_not_go_on_paper(desks, tmp_path):
    sent = desks.ask()
    desks.cli("kh", "note", sent["id"], "For us alone.")
    desks.cli("kh", "print", sent["id"], "--thread", "--to", "page.html")
    assert "For us alone" not in (tmp_path / "page.html").read_text("utf-8")


def test_a_file_that_is_there_stays_as_it_is_and_nothing_is_printed(desks, tmp_path):
    sent = desks.ask()
    (tmp_path / "page.html").write_text("mine")
    finished = desks.cli("kh", "print", sent["id"], "--to", "page.html")
    assert finished.code == 6
    assert "--force" in finished.err
    assert (tmp_path / "page.html").read_text() == "mine"
    assert desks.do(_printed(desks.pair.kh)) == []
    assert desks.cli("kh", "print", sent["id"], "--to", "page.html", "--force").code == 0
    assert "CHAN DARA" in (tmp_path / "page.html").read_text("utf-8")
    assert stat.S_IMODE((tmp_path / "page.html").stat().st_mode) == 0o600


@pytest.mark.parametrize("target", ["no/such/folder/page.html", "link.html"])
def test_what_cannot_be_written_is_not_recorded_as_printed(desks, tmp_path, target):
    sent = desks.ask()
    (tmp_path / "link.html").symlink_to(tmp_path / "elsewhere")
    finished = desks.cli("kh", "print", sent["id"], "--to", target)
    assert finished.code in {1, 6}
    assert desks.do(_printed(desks.pair.kh)) == []
    assert not (tmp_path / "elsewhere").exists()


def test_a_refused_print_leaves_no_file_and_no_remains(desks, tmp_path):
    sent = desks.ask()
    desks.write(
        "kh",
        lambda tx: tx._database.execute("UPDATE messages SET content = NULL, content_key = NULL"),
    )
    before = sorted(tmp_path.iterdir())
    finished = desks.cli("kh", "print", sent["id"], "--to", "page.html")
    assert finished.code == 4
    assert sorted(tmp_path.iterdir()) == before


def test_a_matter_is_printed_although_one_content_is_gone(desks, tmp_path):
    sent = desks.ask()
    desks.cli("kh", "show", sent["id"])
    answer = desks.send("kh", answer_to(sent))
    desks.write(
        "jp",
        lambda tx: tx._database.execute(
            "UPDATE messages SET content = NULL, content_key = NULL WHERE id = ?", (sent["id"],)
        ),
    )
    finished = desks.cli("jp", "print", sent["reference"], "--thread", "--to", "page.html")
    assert finished.code == 0, finished.err
    assert f"{sent['short']} is on the page without its content" in finished.err
    text = Page((tmp_path / "page.html").read_text("utf-8")).text
    assert "was erased" in text
    assert "No record was found." in text
    assert desks.do(_printed(desks.pair.jp)) == [answer["id"]]


def printed(**changes):
    view = {"id": EVIL, "title": EVIL, "type": EVIL, "peer": EVIL, "direction": "in", "state": EVIL}
    view |= {"marking": EVIL, "caveats": [EVIL], "header_digest": EVIL, "attention": EVIL}
    view |= {"superseded_by": EVIL, "levels": {EVIL: EVIL}, "created": EVIL, "clauses": [EVIL]}
    view["content"] = {"body": {EVIL: {EVIL: EVIL}, "x": [EVIL]}, "note": EVIL}
    view["evidence"] = [dict.fromkeys(("chain", "position", "fact", "at", "hash"), EVIL)]
    return paper.Printed(view=view | changes, schema={})


def test_nothing_that_anybody_wrote_becomes_markup():
    by = {"by": EVIL, "node": EVIL, "at": EVIL}
    raw = _in_command(lambda: paper.page(EVIL, [printed()], by=by, told=[EVIL]))
    page = Page(raw)
    assert not {"script", "img"} & set(page.tags)
    assert "\x1b" not in raw
    assert "\u202e" not in raw
    assert "<script>alert(1)</script>" in page.text


def test_content_that_is_withheld_is_said_to_be_and_escaped():
    each = paper.Printed(view=printed().view, schema={}, withheld=EVIL)
    page = Page(_in_command(lambda: paper.page("x", [each], by={})))
    assert "The content is not printed" in page.text
    assert not {"script", "img"} & set(page.tags)


@pytest.mark.parametrize(
    ("markings", "line"),
    [
        ([("public", [])], "public"),
        ([("public", []), ("confidential", ["no-tip-off"])], "confidential, no-tip-off"),
        (
            [("confidential", ["personal-data"]), ("restricted", ["no-tip-off"])],
            "restricted, no-tip-off, personal-data",
        ),
        ([("restricted", []), ("cosmic", [])], "cosmic"),
        ([], "restricted"),
    ],
)
def test_the_sheet_bears_the_strictest_marking_of_all_that_is_on_it(markings, line):
    views = [{"marking": level, "caveats": caveats} for level, caveats in markings]
    assert paper.marking_of(views) == line


def _in_command(function):
    import click

    found = []
    click.command()(lambda: found.append(function())).main([], standalone_mode=False)
    return found[0]


def test_every_label_of_a_body_is_on_the_page():
    schema = schema_of("inquiry.request")
    body = schema["examples"][0]
    each = paper.Printed(view={"content": {"body": body}}, schema=schema)
    text = Page(_in_command(lambda: paper.page("x", [each], by={}))).text
    for label in ("Questions:", "Question q1:", "Native name:", "Partial answers welcome:"):
        assert label in text


def test_a_file_that_came_while_the_node_was_asked_is_not_replaced(tmp_path):
    path = tmp_path / "page.html"
    place = new_file.place(path, force=False)
    place.__enter__().write(b"ours")
    path.write_text("theirs")
    with pytest.raises(ConflictError, match="left as it is"):
        place.__exit__(None, None, None)
    assert path.read_text() == "theirs"
    assert [each.name for each in tmp_path.iterdir() if each.is_file()] == ["page.html"]
