"""Two real nodes: killed between decision, page and word, one goes on with what is missing."""

import pytest

from tests.nodes import CATALOGUE
from tests.system.nodes import QUICK, Pair, UnansweredError, until

pytestmark = pytest.mark.timeout(90)

ADDRESS = "https://www.ministry.example/ssw"


def open_site(pair: Pair) -> None:
    """Let Japan's node write its pages beside its configuration."""
    text = pair.jp.config.read_text("utf-8")
    said = f'[publication]\nfolder = "public"\naddress = "{ADDRESS}"\n'
    pair.jp.config.write_text(text.replace("[publication]\n", said), "utf-8")


def confirmed(pair: Pair, thread: str) -> list[dict[str, object]]:
    """Return the confirmations that Cambodia's node has."""
    found = pair.kh.get(f"threads/{thread}")["messages"]
    return [each for each in found if each["type"] == "publication.confirm"]


@pytest.mark.parametrize("point", ["publication.decided", "publication.written"])
def test_what_was_decided_before_a_kill_is_published_and_told_once_after_it(make, point):
    pair = make(settings=QUICK)
    open_site(pair)
    pair.kh.start()
    pair.jp.start(fail_at=point)
    body = CATALOGUE.bodies.example("sending-org.approval")
    sent = pair.kh.send({"type": "sending-org.approval", "to": "jp/isa", "body": body})
    pair.kh.wait(sent["id"], "received")
    with pytest.raises(UnansweredError):
        pair.jp.post(f"publications/{sent['id']}/publish")
    pair.jp.until_killed()
    assert confirmed(pair, sent["thread"]) == []
    page = pair.jp.folder / "public" / "kh-molvt" / "sending-orgs.html"
    assert page.exists() == (point == "publication.written")
    pair.jp.start()
    until(lambda: len(confirmed(pair, sent["thread"])) == 1, "nobody is told")
    assert "Mekong Example" in page.read_text("utf-8")
    (item,) = pair.jp.get("publications")["items"]
    assert (item["state"], item["place"]) == (
        "done",
        f"{ADDRESS}/kh-molvt/sending-orgs.html",
    )
    pair.until_settled()
    assert len(confirmed(pair, sent["thread"])) == 1
