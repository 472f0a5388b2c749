"""Registers at the command line: look, compare, export, import, decide."""

import csv
import io
import json
import stat
import subprocess
import sys

import pytest

from gateway.catalogue.registers import Register
from gateway.cli.register_words import NAMES, schema_of
from tests.cli.terminal import Terminal
from tests.cli.two_desks import two_desks
from tests.nodes import CATALOGUE, Keys, changed, introduce, rows

ORGS = "sending-orgs"
# That of the clock of both nodes.
DAY = "2026-09-21"
HEAD = "Entry,Licence number,Name,Khmer name,Approved on,Phone,Fields,Status\r\n"
FILE = HEAD + (
    "so-0045,TEST-045,Mekong Example,មេគង្គ,2026-02-01,+855 23 000 045,care,approved\r\n"
    "so-0047,TEST-047,=SUM(A1),,2026-03-01,,care; agriculture,approved\r\n"
)


def draft(name, **more):
    return {"type": name, "to": "jp/isa", "body": CATALOGUE.bodies.example(name) | more}


@pytest.fixture(scope="module")
def desks(tmp_path_factory):
    """Two nodes after Cambodia has sent its list, and the end of an approval that never was."""
    with two_desks(tmp_path_factory.mktemp("desks")) as desks:
        desks.send("kh", draft("sending-org.list"))
        desks.later(86_400)
        ending = CATALOGUE.bodies.example("sending-org.revocation")
        ending |= {"entry": "so-0046", "licence": {"number": "TEST-046"}}
        desks.send("kh", {"type": "sending-org.revocation", "to": "jp/isa", "body": ending})
        ending |= {"entry": "so-0099", "licence": {"number": "TEST-099"}}
        desks.odd = desks.send(
            "kh", {"type": "sending-org.revocation", "to": "jp/isa", "body": ending}
        )
        yield desks


@pytest.fixture
def fresh(tmp_path):
    with two_desks(tmp_path) as desks:
        yield desks


def registers(desks, side, *arguments, **given):
    if arguments[0] == "import" and "--as-of" not in arguments:
        arguments += ("--as-of", DAY)
    return desks.cli(side, "register", *arguments, **given)


def unchanged(desks, side):
    return desks.do(rows(getattr(desks.pair, side)))


def test_the_names_are_those_of_the_catalogue():
    assert list(NAMES) == [each.value for each in Register]


def test_nothing_heavy_is_imported_before_the_node_is_asked(config):
    program = (
        "import sys\nfrom gateway.cli import main\nmain(sys.argv[1:])\n"
        "sys.stderr.write(' '.join(name.partition('.')[0] for name in sys.modules))\n"
    )
    line = [sys.executable, "-c", program, "--config", str(config), "register", "list", ORGS]
    ran = subprocess.run(line, capture_output=True, timeout=60, check=True, text=True)
    assert "click" in ran.stderr.split()
    heavy = {"aiohttp", "asyncio", "cryptography", "rich", "sqlite3", "zoneinfo"}
    assert not heavy & set(ran.stderr.split())


@pytest.mark.parametrize("name", NAMES)
def test_every_register_has_labels_for_its_members(name):
    assert schema_of(name)["properties"]


def test_the_overview_tells_what_there_is_and_what_waits(desks):
    shown = registers(desks, "jp", "list")
    assert shown.code == 0
    assert [line.split()[:3] for line in shown.out.splitlines()[1:]] == [[ORGS, "kh/molvt", "2"]]
    assert "1 approved, 1 revoked" in shown.out
    assert "1 of these wait for a decision: " in shown.err
    assert "register list --waiting" in shown.err


def test_a_node_without_registers_says_so(fresh):
    shown = registers(fresh, "jp", "list")
    assert (shown.code, shown.out, shown.err) == (
        0,
        "",
        "no register has anything in it yet\n",
    )
    assert "the register has no entries" in registers(fresh, "jp", "list", ORGS).err


def test_entries_are_listed_with_name_number_and_status(desks):
    shown = registers(desks, "jp", "list", ORGS)
    first, second = shown.out.splitlines()[1:]
    assert first.startswith("so-0045  Mekong Example Manpower Co., Ltd.")
    assert "TEST-046" in second
    assert "revoked" in second
    # The day of the act, and then the day on which its message came.
    assert shown.out.splitlines()[0].split()[-2:] == ["SINCE", "RECEIVED"]
    ending = CATALOGUE.bodies.example("sending-org.revocation")
    assert f"{ending['effective_on']}  2026-09-22T" in second
    assert "ក្រុមហ៊ុន" in first


def test_an_end_that_is_yet_to_come_is_listed_with_its_day(fresh):
    fresh.send("kh", draft("sending-org.approval"))
    fresh.send("kh", draft("sending-org.revocation", effective_on="2099-06-01", entry="so-0045"))
    (line,) = registers(fresh, "jp", "list", ORGS).out.splitlines()[1:]
    assert "revoked from 2099-06-01" in line
    shown = registers(fresh, "jp", "show", ORGS, "so-0045")
    assert "Status:   revoked from 2099-06-01\n" in shown.out


def test_what_is_sealed_in_a_list_says_so(fresh):
    fresh.send("kh", draft("certification.notice", action="issued"))
    (line,) = registers(fresh, "jp", "list", "certificates").out.splitlines()[1:]
    assert line.split()[1:6] == ["sealed", "-", "sealed", "issued", "sealed"]


def test_a_list_is_narrowed_and_goes_on_with_the_same_filters(desks):
    found = registers(desks, "jp", "list", ORGS, "--find", "angkor", "--json").json()
    assert [each["entry"] for each in found["items"]] == ["so-0046"]
    by_number = registers(desks, "jp", "list", ORGS, "--number", "test045", "--json").json()
    assert [each["entry"] for each in by_number["items"]] == ["so-0045"]
    paged = registers(desks, "jp", "list", ORGS, "--peer", "kh/molvt", "--limit", "1")
    assert f"register list {ORGS} --peer kh/molvt --limit 1 --after so-0045" in paged.err


def test_a_register_is_shown_as_it_stood_at_the_end_of_a_day(desks):
    # The list came on 21 September 2026 at 14:13 UTC, the end of an approval a day later.
    def status(*day):
        page = registers(desks, "jp", "list", ORGS, "--as-of", *day, "--json").json()
        return [each["status"] for each in page["items"]]

    assert status("2026-09-20") == []
    assert status("2026-09-21") == ["approved", "suspended"]
    assert status("2026-09-22") == ["approved", "revoked"]
    # In Tokyo the first of them came at 23:13, so one hour later it is another day.
    assert status("2026-09-21", "--zone", "JST") == ["approved", "suspended"]
    assert status("2026-09-20", "--zone", "JST") == []


def test_a_day_that_is_none_is_a_wrong_command_line(desks):
    assert registers(desks, "jp", "list", ORGS, "--as-of", "2026-02-30").code == 2


def test_an_entry_is_shown_with_its_labels_and_its_history(desks):
    shown = registers(desks, "jp", "show", ORGS, "so-0046")
    assert "Status:   revoked" in shown.out
    assert "Approved on: 2024-07-01" in shown.out
    history = shown.out.partition("History\n")[2].splitlines()
    assert [line.split()[1] for line in history] == ["suspended", "revoked"]


def test_what_is_sealed_is_shown_only_where_it_is_asked_for(desks):
    shown = registers(desks, "jp", "show", ORGS, "so-0045")
    assert "SOKHA" not in shown.out
    assert "register show sending-orgs so-0045 --private" in shown.err
    private = registers(desks, "jp", "show", ORGS, "so-0045", "--private")
    assert "SOKHA CHANN" in private.out


def test_two_times_are_compared(desks):
    shown = registers(desks, "jp", "diff", ORGS, "--since", "2026-09-21", "--until", "2026-09-23")
    (line,) = shown.out.splitlines()[1:]
    assert line.split()[0] == "so-0046"
    assert "suspended > revoked" in line
    assert "Decided on, Effective on, Kind, Status since" in line
    whole = registers(desks, "jp", "diff", ORGS, "--since", "2026-09-01", "--until", "2026-09-23")
    assert [" added " in each for each in whole.out.splitlines()[1:]] == [True, True]
    none = registers(desks, "jp", "diff", ORGS, "--since", "2026-09-23", "--until", "2026-09-24")
    assert (none.out, none.err) == ("", "nothing has changed in that time\n")


def test_what_waits_is_listed_and_decided_once(desks):
    waiting = registers(desks, "jp", "list", "--waiting", "--json").json()["items"]
    assert [(each["id"], each["reason"]) for each in waiting] == [
        (desks.odd["id"], "never-approved")
    ]
    odd = desks.odd["reference"]
    assert registers(desks, "jp", "decide", odd, "--reason", "x").code == 2
    assert registers(desks, "jp", "decide", odd, "--apply", "--drop", "--reason", "x").code == 2
    dropped = registers(desks, "jp", "decide", odd, "--drop", "--reason", "A slip of the pen.")
    assert (dropped.code, dropped.out) == (0, "")
    assert "the register stays as it was" in dropped.err
    assert registers(desks, "jp", "decide", odd, "--apply", "--reason", "x").code == 6
    assert "nothing waits" in registers(desks, "jp", "list", "--waiting").err
    assert "A slip of the pen." in desks.cli("jp", "thread", odd).out


def test_the_headings_are_listed(desks):
    shown = registers(desks, "jp", "columns", "support-orgs")
    assert "登録番号" in shown.out
    assert "registration_no" in shown.out


def test_a_register_becomes_a_file_for_spreadsheets(desks, tmp_path):
    file = tmp_path / "list.csv"
    done = registers(desks, "jp", "export", ORGS, "--to", str(file), "--bom")
    assert (done.code, done.out.strip(), done.err) == (0, str(file), "2 entries\n")
    text = file.read_text(encoding="utf-8-sig")
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    rows_ = list(csv.DictReader(io.StringIO(text)))
    assert [row["Entry"] for row in rows_] == ["so-0045", "so-0046"]
    assert rows_[0]["Phone"] == "'+855 23 000 045"
    assert "SOKHA" not in text
    again = registers(desks, "jp", "export", ORGS, "--to", str(file))
    assert again.code == 6
    assert "--force" in again.err


def test_a_register_becomes_a_page_and_a_file_for_programs(desks, tmp_path):
    page, data = tmp_path / "list.html", tmp_path / "list.json"
    assert registers(desks, "jp", "export", ORGS, "--to", str(page)).code == 0
    assert registers(desks, "jp", "export", ORGS, "--to", str(data)).code == 0
    assert '<span lang="km">' in page.read_text(encoding="utf-8")
    document = json.loads(data.read_text(encoding="utf-8"))
    assert (document["count"], document["version"]) == (2, "2026-03")
    assert "(jp/isa), from what it exchanges with Ministry of Labour" in document["source"]


def test_sealed_parts_are_exported_with_a_record_and_for_the_caller_alone(desks, tmp_path):
    file = tmp_path / "all.csv"
    done = registers(desks, "jp", "export", ORGS, "--all", "--to", str(file), "--json")
    assert done.json()["count"] == 2
    assert "SOKHA CHANN" in file.read_text(encoding="utf-8")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    records = [row for row in unchanged(desks, "jp")["evidence"] if "register-opened" in str(row)]
    assert any('"action":"export"' in str(row) for row in records)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--to", "list.txt"),
        ("--all", "--form", "html"),
        ("--bom", "--form", "json"),
    ],
)
def test_forms_that_do_not_go_together_are_refused(desks, tmp_path, arguments):
    given = [str(tmp_path / each) if each.endswith(".txt") else each for each in arguments]
    assert registers(desks, "jp", "export", ORGS, *given).code == 2
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "list.csv"
    path.write_text(FILE, encoding="utf-8")
    return path


def test_one_row_is_one_entry(fresh, file):
    head, first, *_ = FILE.splitlines(keepends=True)
    file.write_text(head + first, encoding="utf-8")
    done = registers(fresh, "kh", "import", ORGS, str(file), "--dry-run")
    assert "list.csv: 1 entry, read as UTF-8" in done.err


def test_a_spreadsheet_becomes_a_list_on_both_sides(fresh, file):
    done = registers(fresh, "kh", "import", ORGS, str(file), "--as-of", "2026-09-21", "--yes")
    assert done.code == 0
    assert "list.csv: 2 entries, read as UTF-8" in done.err
    assert "jp/isa: 2 added, 0 changed, 0 removed; list 2026-09-21, 1 message" in done.err
    fresh.do(fresh.pair.kh.settled())
    there = registers(fresh, "jp", "list", ORGS, "--json").json()["items"]
    assert [each["entry"] for each in there] == ["so-0045", "so-0047"]
    # What a spreadsheet would compute is a name like any other, on the wire and in the register.
    assert there[1]["public"]["organisation"]["name"] == {"en": "=SUM(A1)"}


def test_an_exported_file_is_imported_as_the_same_register(desks, tmp_path):
    file = tmp_path / "again.csv"
    registers(desks, "kh", "export", ORGS, "--all", "--to", str(file))
    before = unchanged(desks, "kh")
    done = registers(desks, "kh", "import", ORGS, str(file), "--dry-run", "--skip-column", "x")
    assert "0 added, " in done.err
    assert ", 0 removed" in done.err
    assert changed(before, unchanged(desks, "kh")) == set()


def test_a_dry_run_says_what_would_change_and_sends_nothing(fresh, file):
    before = unchanged(fresh, "kh")
    done = registers(fresh, "kh", "import", ORGS, str(file), "--dry-run")
    assert done.code == 0
    assert [line.split() for line in done.out.splitlines()[1:]] == [
        ["jp/isa", "so-0045", "added", "-", "-", "-"],
        ["jp/isa", "so-0047", "added", "-", "-", "-"],
    ]
    assert "nothing was sent" in done.err
    assert changed(before, unchanged(fresh, "kh")) == set()


def test_a_dry_run_names_what_goes_and_every_change_of_status(fresh, file):
    full = FILE.replace("care,approved", "care,suspended", 1)
    file.write_text(full, encoding="utf-8")
    registers(fresh, "kh", "import", ORGS, str(file), "--yes")
    fresh.do(fresh.pair.kh.settled())
    fewer = "Entry,Licence number,Name,Approved on\r\nso-0045,TEST-045,Mekong,2026-02-01\r\n"
    file.write_text(fewer + "so-0047,TEST-047,=SUM(A1),2026-03-01\r\n", encoding="utf-8")
    done = registers(fresh, "kh", "import", ORGS, str(file), "--dry-run")
    assert done.code == 0, done.err
    assert done.err.splitlines()[1:] == [
        f"jp/isa: 0 added, 2 changed, 0 removed; list {DAY}.2, 1 message",
        "jp/isa: status suspended > approved for so-0045",
        "jp/isa: Organisation > Name > Khmer goes from so-0045",
        "jp/isa: Organisation > Telephone goes from so-0045",
        "jp/isa: Scope goes from so-0045, so-0047",
        "jp/isa: Organisation > Name > English changes in so-0045",
        "nothing was sent",
    ]
    first, second = done.out.splitlines()[1:]
    assert "so-0045  changed  suspended > approved  Organisation > Name > Khmer, " in first
    assert second.split() == ["jp/isa", "so-0047", "changed", "-", "Scope", "-"]
    asked = registers(fresh, "kh", "import", ORGS, str(file))
    assert "Scope goes from so-0045, so-0047" in asked.err
    whole = registers(fresh, "kh", "import", ORGS, str(file), "--dry-run", "--json")
    assert whole.json()["items"][0]["changes"][0] == {
        "entry": "so-0045",
        "status": {"before": "suspended", "after": "approved"},
        "gone": ["organisation.name.km", "organisation.phone", "scope"],
        "other": ["organisation.name.en"],
    }


def test_of_many_changes_the_first_ones_are_shown_and_the_rest_is_counted(fresh, file):
    more = (f"so-{n},T-{n},Name {n},,2026-02-01,,care,approved\r\n" for n in range(22))
    file.write_text(HEAD + "".join(more), encoding="utf-8")
    given = ("import", ORGS, str(file))
    done = registers(fresh, "kh", *given, "--dry-run")
    assert len(done.out.splitlines()) == 21
    assert "2 more; --json has them all" in done.err
    registers(fresh, "kh", *given, "--yes")
    fresh.do(fresh.pair.kh.settled())
    text = file.read_text(encoding="utf-8").replace("care", "agriculture")
    file.write_text(text, encoding="utf-8")
    done = registers(fresh, "kh", *given, "--dry-run")
    assert "so-6, so-7 and 2 more\n" in done.err
    document = registers(fresh, "kh", *given, "--dry-run", "--json").json()
    assert len(document["items"][0]["changes"]) == 22


def test_one_fault_in_the_file_and_nothing_is_sent(fresh, file):
    file.write_text(FILE.replace("2026-03-01", "soon"), encoding="utf-8")
    before = unchanged(fresh, "kh")
    done = registers(fresh, "kh", "import", ORGS, str(file), "--yes")
    assert done.code == 3
    assert "list.csv:3, column 'Approved on': is no day" in done.err
    assert changed(before, unchanged(fresh, "kh")) == set()


def test_a_side_that_keeps_no_such_list_sends_none(fresh, file):
    before = unchanged(fresh, "jp")
    for way in ("--yes", "--dry-run"):
        assert registers(fresh, "jp", "import", ORGS, str(file), way).code == 7
    assert changed(before, unchanged(fresh, "jp")) == set()


def test_nothing_is_sent_unasked(fresh, file):
    before = unchanged(fresh, "kh")
    done = registers(fresh, "kh", "import", ORGS, str(file))
    assert (done.code, done.out) == (1, "")
    assert "--yes" in done.err
    assert changed(before, unchanged(fresh, "kh")) == set()


def test_at_a_terminal_it_is_asked_for_once_after_all_is_told(fresh, file):
    before = unchanged(fresh, "kh")
    line = ("--config", str(fresh.config("kh")), "register", "import", ORGS, str(file))
    line += ("--as-of", DAY)
    terminal = Terminal(*line)
    terminal.expect("2 added, 0 changed, 0 removed").answer("Send it? [y/N]", "n")
    assert terminal.finish() == 1
    assert changed(before, unchanged(fresh, "kh")) == set()
    terminal = Terminal(*line)
    terminal.answer("Send it? [y/N]", "y").expect("jp/isa: sent as KH-2026-000001")
    assert terminal.finish() == 0


def test_a_list_goes_to_every_peer_that_is_named(fresh, tmp_path):
    fresh.do(introduce(fresh.pair.jp, Keys("np/moless").card()))
    file = tmp_path / "support.csv"
    row = "19登2,一般社団法人見本,Example Support,令和元年5月10日,法人,active"
    file.write_text(
        f"登録番号,名称,Name,登録年月日,法人・個人の別,Status\n{row}\n", encoding="cp932"
    )
    before = unchanged(fresh, "jp")
    unnamed = registers(fresh, "jp", "import", "support-orgs", str(file), "--yes")
    assert unnamed.code == 3
    assert "--all-peers; there are kh/molvt, np/moless" in unnamed.err
    both = registers(
        fresh, "jp", "import", "support-orgs", str(file), "--all-peers", "--peer", "kh/molvt"
    )
    assert both.code == 2
    assert changed(before, unchanged(fresh, "jp")) == set()
    done = registers(
        fresh, "jp", "import", "support-orgs", str(file), "--all-peers", "--yes", "--json"
    )
    assert [(each["peer"], len(each["messages"])) for each in done.json()["items"]] == [
        ("kh/molvt", 1),
        ("np/moless", 1),
    ]


def test_the_same_file_twice_is_one_list(fresh, file):
    fresh.pair.wire.down.add("jp/isa")
    given = ("import", ORGS, str(file), "--as-of", "2026-09-21", "--yes")
    first, second = registers(fresh, "kh", *given), registers(fresh, "kh", *given)
    assert first.out == second.out != ""
    assert (first.code, second.code) == (0, 0)


def test_the_same_file_again_after_all_has_arrived_is_still_one_list(fresh, file):
    given = ("import", ORGS, str(file), "--as-of", "2026-09-21", "--yes")
    first = registers(fresh, "kh", *given)
    fresh.do(fresh.pair.kh.settled())
    before = unchanged(fresh, "kh")
    second = registers(fresh, "kh", *given)
    assert (second.code, second.out) == (0, first.out)
    assert changed(before, unchanged(fresh, "kh")) == set()


def test_changes_alone_are_sent_on_top_of_the_last_list(fresh, file):
    registers(fresh, "kh", "import", ORGS, str(file), "--yes")
    fresh.do(fresh.pair.kh.settled())
    row = "so-0048,TEST-048,Third,,2026-04-01,,care,approved\r\n"
    file.write_text(FILE + row, encoding="utf-8")
    done = registers(fresh, "kh", "import", ORGS, str(file), "--delta", "--yes")
    assert done.code == 0, done.err
    assert "1 added, 0 changed, 0 removed" in done.err
    fresh.do(fresh.pair.kh.settled())
    sent = fresh.cli("kh", "show", done.out.strip(), "--json").json()
    assert list(sent["content"]["body"]["entries"]) == ["so-0048"]
    there = registers(fresh, "jp", "list", ORGS, "--json").json()["items"]
    assert [each["entry"] for each in there] == ["so-0045", "so-0047", "so-0048"]
    again = registers(fresh, "kh", "import", ORGS, str(file), "--delta", "--yes")
    assert "the last list says the same already" in again.err


def test_changes_need_a_list_to_build_on(fresh, file):
    done = registers(fresh, "kh", "import", ORGS, str(file), "--delta", "--yes")
    assert done.code == 6
    assert "without --delta" in done.err


def test_a_file_that_was_cut_off_empties_no_register(fresh, file):
    registers(fresh, "kh", "import", ORGS, str(file), "--yes")
    fresh.do(fresh.pair.kh.settled())
    file.write_text("".join(FILE.splitlines(keepends=True)[:2]), encoding="utf-8")
    before = unchanged(fresh, "kh")
    done = registers(fresh, "kh", "import", ORGS, str(file), "--yes")
    assert done.code == 6
    assert "1 of 2 entries would go at jp/isa" in done.err
    assert changed(before, unchanged(fresh, "kh")) == set()
    meant = registers(fresh, "kh", "import", ORGS, str(file), "--yes", "--remove-many")
    assert meant.code == 0


def test_a_file_that_is_not_there_is_named(fresh, tmp_path):
    done = registers(fresh, "kh", "import", ORGS, str(tmp_path / "none.csv"))
    assert done.code == 4
    assert "none.csv" in done.err
