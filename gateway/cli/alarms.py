"""`gateway alarms`: what needs a person, what to do about it, and that somebody has looked."""

from collections.abc import Mapping
from typing import Any, Final

import click

from gateway.cli import options, output
from gateway.cli.listing import Listing, show_page, when
from gateway.cli.socket_client import NodeClient
from gateway.cli.times_shown import zone_option

# What people see, in one place for whoever translates it.
_WORDS: Final = {
    "none": "no alarms",
    "dismissed": "dismissed {kind} ({number})",
    "what": "what they mean:",
}
# What each kind says, and what helps.
MEANINGS: Final[Mapping[str, str]] = {
    "id-conflict": "a peer used an id for two messages; the first one stands: ask it why",
    "wrong-recipient": "a peer passed on what was meant for another country: ask it why",
    "certificate-not-pinned": "somebody else answers at the peer's address; nothing was sent",
    "held": "a message waits for you: gateway retry, gateway release or gateway cancel ID",
    "overdue": "tried, no receipt, past its time: it may have arrived; it is still offered",
    "expired": "it never arrived in its time: gateway retry ID issues it anew",
    "answer-is-no-proof": "a peer answered without proof; what was sent is offered again",
    "entry-conflict": "a peer said two things of one message; the first one stands: ask it why",
    "card-waiting": "a peer's new card changes more than keys: stop the node, compare the "
    "fingerprint by telephone, then gateway peers confirm CARD",
    "peer-key-missing": "a peer no longer holds the key we seal to: ask it for its new card",
    "stored-bytes-changed": "bytes on the disk were changed: gateway db check, then the disk",
    "clock-offset": "the clocks of the two nodes differ: gateway doctor",
    "evidence-broken": "the evidence was changed: gateway db check, and restore a backup",
    "restored": "the database is a restored one: ask the peers what it may lack",
    "level-overdue": "the other side has not done in time what it owes: gateway show ID",
    "duty-due": "we soon have to do what we owe: gateway duties --mine, gateway show ID",
    "duty-overdue": "we have not done in time what we owe: gateway show ID",
    "consumer-stuck": "a local system does not get past a message: gateway consumers",
    "notify-failed": "the command that tells people of news failed: [notify] in config.toml",
    "folder-failed": "the exchange folder cannot be used: [folder] in config.toml",
    "key-expiring": "a key or certificate of ours ends soon: gateway keys list, then rotate it",
    "card-refused": "a peer does not take our new card: ask it what it has confirmed",
    "other-identity": "a card of another identity: telephone, peers confirm CARD --new-identity",
    "store-key-changed": "what the store key before this one sealed cannot be read any more",
    "publication-held": "what was to be made public at once waits for you: gateway publications",
    "publication-failed": "a page cannot be written, or a peer not be told: gateway publications",
    "register-waiting": "a register waits for your word: gateway register list --waiting",
    "consent-refused": "a consent is worth nothing: gateway consent status ID says whose and why",
    "recall": "a consent was revoked after its use: gateway disclose recall NUMBER",
    "marking-tightened": "its originator keeps it more closely now: gateway show ID",
    "fingerprints-full": "a peer names too many to be known again: look at what it sent",
    "release-stopped": "it carries content that may not leave any more: gateway show ID",
    "not-issued-anew": "it never counted at the peer and could not be said anew: gateway show ID",
}


@click.group(
    invoke_without_command=True, epilog="Example: gateway alarms; gateway alarms dismiss 17"
)
@click.option("--all", "everything", is_flag=True, help="Also those that somebody has dismissed.")
@options.page_options
@zone_option
@options.json_option
@click.pass_context
def command(ctx: click.Context, everything: bool, limit: int, after: str | None) -> None:
    """List what needs a person, newest first, and what to do about it.

    An alarm stays until somebody has dismissed it. If its cause comes back, so does the alarm.
    """
    if ctx.invoked_subcommand is not None:
        return
    page = NodeClient.of(options.config_path()).get(
        "alarms", all="1" if everything else None, after=after, limit=limit
    )
    columns = ("NUMBER", "ALARM", "PEER", "ABOUT", "TIMES", "FIRST", "LAST")
    show_page(
        page,
        Listing(
            columns=(*columns, "DISMISSED", "BY") if everything else columns,
            row=_all_of if everything else _row,
            nothing=_WORDS["none"],
            again=("alarms",),
            filters={"--all": everything},
        ),
    )
    if not options.as_json():
        _explain(page)


@command.command(epilog="Example: gateway alarms dismiss 17 18")
@click.argument("numbers", metavar="NUMBER...", nargs=-1, required=True)
@options.json_option
def dismiss(numbers: tuple[str, ...]) -> None:
    """Note that you have looked at the alarms with these NUMBERs; your account is recorded."""
    client = NodeClient.of(options.config_path())
    views = []
    for number in numbers:
        view = client.post("alarms", number, "dismiss")
        views.append(view)
        if not options.as_json():
            words = _WORDS["dismissed"]
            output.talk(words.format(kind=view.get("kind"), number=view.get("seq")))
    if options.as_json():
        output.document({"items": views, "next": None})


def _row(alarm: Mapping[str, Any]) -> tuple[object, ...]:
    return (
        alarm.get("seq"),
        alarm.get("kind"),
        alarm.get("peer"),
        alarm.get("subject"),
        alarm.get("count"),
        when(alarm.get("at")),
        when(alarm.get("last")),
    )


def _all_of(alarm: Mapping[str, Any]) -> tuple[object, ...]:
    return (*_row(alarm), when(alarm.get("seen")), alarm.get("seen_by"))


def _explain(page: Mapping[str, Any]) -> None:
    kinds = sorted({str(alarm.get("kind")) for alarm in page.get("items") or ()})
    known = [kind for kind in kinds if kind in MEANINGS]
    if not known:
        return
    output.talk("")
    output.talk(_WORDS["what"])
    is_given = click.get_current_context().meta.get(options.CONFIG_GIVEN_KEY)
    for kind in known:
        text = f"  {kind}: {MEANINGS[kind]}"
        output.talk(output.for_node(text, options.config_path()) if is_given else text)
