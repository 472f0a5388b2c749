"""Who may send what, told before the first question is asked."""

import pytest

from gateway.catalogue import TYPES
from gateway.cli.memoranda import check_sender, names_for, senders
from gateway.errors import PolicyError

APPROVAL, INQUIRY, MEASURE = (
    TYPES[name] for name in ("sending-org.approval", "inquiry.request", "measure.notice")
)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("inquiry.request", "both"),
        ("measure.notice", "Japan"),
        ("sending-org.approval", "Cambodia"),
        ("exam.cooperation.response", "Cambodia and Nepal"),
        # Under one of the memoranda only one side sends it.
        ("list.part", "Cambodia and Japan"),
    ],
)
def test_the_countries_that_send_a_type_are_those_of_the_memoranda_that_use_it(name, words):
    assert senders(TYPES[name]) == words


def test_a_type_of_our_side_passes_with_or_without_a_peer():
    check_sender("kh/molvt", APPROVAL)
    check_sender("jp/isa", INQUIRY, "np/moless")
    check_sender("jp/isa", MEASURE, "kh/molvt")


def test_a_node_that_no_memorandum_names_is_left_to_the_running_node():
    check_sender("vn/dolab", APPROVAL)
    check_sender("jp/isa", APPROVAL, "vn/dolab")


@pytest.mark.parametrize("to", [None, "kh/molvt"])
def test_what_is_the_other_side_s_is_refused_with_whose_it_is(to):
    with pytest.raises(PolicyError, match="is for Cambodia to send, never for jp/isa"):
        check_sender("jp/isa", APPROVAL, to)


def test_whose_a_type_is_names_no_country_that_the_two_have_nothing_to_do_with():
    exam = TYPES["exam.cooperation.response"]
    with pytest.raises(PolicyError, match="is for Nepal to send, never for jp/isa"):
        check_sender("jp/isa", exam, "np/moless")


def test_what_is_not_in_use_with_a_peer_is_refused_with_what_lists_the_rest():
    with pytest.raises(PolicyError, match="is not in use with jp/isa") as caught:
        check_sender("np/moless", APPROVAL, "jp/isa")
    assert caught.value.hint == "gateway types --peer jp/isa lists what is"


def test_what_one_memorandum_gives_to_one_side_alone_is_refused_from_the_other():
    with pytest.raises(PolicyError, match="never for np/moless"):
        check_sender("np/moless", TYPES["list.part"], "jp/isa")


@pytest.mark.parametrize(
    ("node", "names"),
    [
        ("jp/isa", ["moc-ssw/kh-jp/2019"]),
        ("kh/molvt", ["moc-ssw/kh-jp/2019"]),
        # Nothing else is there for it, so the node can be tried out.
        ("np/moless", ["moc-ssw/np-jp/2019"]),
        ("vn/dolab", ["moc-ssw/kh-jp/2019"]),
    ],
)
def test_a_new_node_speaks_under_what_is_in_force(node, names):
    assert names_for(node) == names
