"""Every way out of the program, and its gate: who decides, or why it carries no content.

A way that is new is a question to whoever adds it: does content leave by it? Then `decide` is
asked, and the row names where. Otherwise the row says why none does.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from gateway.policy.release import Action


@dataclass(frozen=True, slots=True)
class Decided:
    """Content leaves by it when `decide` permits the action, which is asked in `by`."""

    action: Action
    by: str


@dataclass(frozen=True, slots=True)
class Inside:
    """Content is in its hands, or what a person here wrote, and stays within this node."""

    why: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """No content of a message is in what it gives."""

    why: str


Gate = Decided | Inside | Nothing
Table = Mapping[str, Gate]

READING: Final = "gateway.desk.reading:permitted_content"
OPENING: Final = "gateway.desk.registers:Registers._decide"
SENDING: Final = "gateway.desk.compose:Composer.check_release"
SHOWING: Final = "gateway.policy.publishing:publishable"

RELEASING: Final = "gateway.delivery.releasing:_denied"
JUDGING: Final = "gateway.desk.disclosure_wishes:_decided"

DISCLOSE: Final = Decided(Action.DISCLOSE, JUDGING)
SHOW: Final = Decided(Action.SHOW, READING)
PRINT: Final = Decided(Action.PRINT, READING)
SEND: Final = Decided(Action.SEND, SENDING)
PUBLISH: Final = Decided(Action.PUBLISH, SHOWING)
OPEN: Final = Decided(Action.SHOW, OPENING)
EXPORT: Final = Decided(Action.EXPORT, OPENING)
PREPARE: Final = Decided(Action.EXPORT, READING)

VIEW: Final = Nothing("ids, types, threads, states, times and sizes of messages")
COUNTS: Final = Nothing("counts, times and names of peers")
OPEN_PART: Final = Nothing("what lies open in a register by type and signed marking")
ACT: Final = Nothing("the state that the act led to")
LEDGER: Final = Nothing("codes, pointers, digests, times, and who asked; the ledger has no content")
OWN_WORDS: Final = Inside("what the caller wrote himself, kept under his own account")
NOTES: Final = Inside("notes of this contact point for itself; they are never sent")
KEYS: Final = Nothing("cards and what is public of keys")
TOOL: Final = Nothing("made of the program itself: its commands, types and codes")
PARTIES: Final = Nothing("organisations, as the registry of the program names them")
FINDS: Final = Nothing("where something was found and from whom it came, never what it is")
PLACES: Final = Nothing("settings, files of this node and what is wrong with them")

ROUTES: Final[Table] = MappingProxyType(
    {
        "GET consumers": COUNTS,
        "POST consumers/*/next": SHOW,
        "POST consumers/*/ack": ACT,
        "POST consumers/*/release": ACT,
        "DELETE consumers/*": ACT,
        "GET openapi.json": TOOL,
        "GET drafts": OWN_WORDS,
        "GET drafts/*": OWN_WORDS,
        "PUT drafts/*": OWN_WORDS,
        "DELETE drafts/*": OWN_WORDS,
        "GET duties": VIEW,
        "GET duties/report": COUNTS,
        "GET events": VIEW,
        "GET keys": KEYS,
        "POST keys/reload": KEYS,
        "POST keys/use-certificate": KEYS,
        "GET status": COUNTS,
        "GET messages": VIEW,
        "POST messages": SEND,
        "GET messages/*": VIEW,
        "GET messages/*/markings": Nothing("the markings it had: words of the protocol"),
        "POST messages/*/mark": SEND,
        "POST messages/*/fetch": SHOW,
        "POST messages/*/print": PRINT,
        "POST messages/*/accept": SEND,
        "POST messages/*/decline": SEND,
        "GET messages/*/wait": VIEW,
        "POST ping": SEND,
        "GET health": COUNTS,
        "POST peers/check": COUNTS,
        "GET publications": VIEW,
        "GET publications/*": PUBLISH,
        "POST publications/*/publish": PUBLISH,
        "POST publications/*/refuse": VIEW,
        "POST messages/*/cancel": ACT,
        "POST messages/*/hold": ACT,
        "POST messages/*/release": ACT,
        "POST messages/*/retry": SEND,
        "POST peers/*/retry": ACT,
        "GET alarms": VIEW,
        "POST alarms/*/dismiss": ACT,
        "GET registers": COUNTS,
        "GET registers/*": OPEN_PART,
        "GET registers/*/entry": OPEN_PART,
        "POST registers/*/open": OPEN,
        "GET registers/*/changes": OPEN_PART,
        "GET registers/*/listed": OPEN_PART,
        "GET deferred": VIEW,
        "POST deferred/*/decide": ACT,
        "POST search": SHOW,
        "GET threads": VIEW,
        "GET threads/*": VIEW,
        "POST threads/*/assign": ACT,
        "POST threads/*/attention": ACT,
        "GET threads/*/notes": NOTES,
        "POST threads/*/notes": NOTES,
        "GET consents": Nothing("ids, states and times; what a consent says is fetched"),
        "GET consents/*": Nothing("ids, states and times; what a consent says is fetched"),
        "POST consents": SEND,
        "POST consents/*/fetch": SHOW,
        "POST consents/*/revoke": SEND,
        "POST messages/*/consent-request": SEND,
        "POST messages/*/consent-package": PREPARE,
        "POST messages/*/consent-offer": PREPARE,
        "POST messages/*/consent-denial": SEND,
        "GET disclosures": LEDGER,
        "POST disclosures": LEDGER,
        "GET disclosures/*": LEDGER,
        "POST disclosures/*/package": DISCLOSE,
        "POST disclosures/*/recall": LEDGER,
        "POST disclosure-reports": SEND,
        "POST disclosure-outcomes": SEND,
        "GET finds": FINDS,
        "POST finds/*/claim": FINDS,
        "POST finds/*/approve": FINDS,
        "POST finds/*/reject": FINDS,
    }
)

COMMANDS: Final[Table] = MappingProxyType(
    {
        "accept": SEND,
        "alarms": VIEW,
        "alarms dismiss": ACT,
        "assign": ACT,
        "cancel": ACT,
        "codes": TOOL,
        "completion bash": TOOL,
        "completion fish": TOOL,
        "completion words": VIEW,
        "completion zsh": TOOL,
        "config check": PLACES,
        "config schema": TOOL,
        "config show": PLACES,
        "consent deny": SEND,
        "consent grant": PREPARE,
        "consent key": KEYS,
        "consent list": LEDGER,
        "consent offer": PREPARE,
        "consent request": SEND,
        "consent revoke": SEND,
        "consent show": SHOW,
        "consent sign": Inside("shows an officer the package that he holds, on no node"),
        "consent status": LEDGER,
        "consumers": COUNTS,
        "consumers forget": ACT,
        "consumers release": ACT,
        "db backup": Nothing("a copy of the database, in which content is sealed as it lies there"),
        "db check": COUNTS,
        "db restore": Nothing("puts a copy in the place of the database, and shows nothing of it"),
        "db status": COUNTS,
        "decline": SEND,
        "demo": SHOW,
        "disclose": DISCLOSE,
        "disclose approve": FINDS,
        "disclose claim": FINDS,
        "disclose finds": FINDS,
        "disclose list": LEDGER,
        "disclose outside": SEND,
        "disclose recall": LEDGER,
        "disclose reject": FINDS,
        "disclose report": SEND,
        "disclose show": DISCLOSE,
        "doctor": PLACES,
        "draft delete": OWN_WORDS,
        "draft list": OWN_WORDS,
        "draft show": OWN_WORDS,
        "duties": VIEW,
        "duties report": COUNTS,
        "hold": ACT,
        "inbox": VIEW,
        "init": KEYS,
        "keys card": KEYS,
        "keys fingerprint": KEYS,
        "keys list": KEYS,
        "keys officers add": KEYS,
        "keys officers list": KEYS,
        "keys officers revoke": KEYS,
        "keys passphrase": KEYS,
        "keys prune": KEYS,
        "keys reload": KEYS,
        "keys revoke": KEYS,
        "keys rotate": KEYS,
        "keys use-certificate": KEYS,
        "mark": SEND,
        "note": NOTES,
        "outbox": VIEW,
        "parties list": PARTIES,
        "parties show": PARTIES,
        "peers add": KEYS,
        "peers confirm": KEYS,
        "peers disable": KEYS,
        "peers enable": KEYS,
        "peers list": KEYS,
        "peers show": KEYS,
        "ping": SEND,
        "print": PRINT,
        "publications": VIEW,
        "publish": PUBLISH,
        "register columns": TOOL,
        "register decide": ACT,
        "register diff": OPEN_PART,
        "register export": EXPORT,
        "register import": SEND,
        "register list": OPEN_PART,
        "register show": OPEN,
        "relay": Nothing("passes bytes between a terminal and the local API, which decides"),
        "release": ACT,
        "reply": SEND,
        "retry": SEND,
        "search": SHOW,
        "send": SEND,
        "serve": Nothing("log lines, and what the ports give"),
        "show": SHOW,
        "status": COUNTS,
        "template": TOOL,
        "thread": VIEW,
        "types": TOOL,
    }
)

PORTS: Final[Table] = MappingProxyType(
    {
        "peer /v1/envelopes": Nothing("a receipt: digests, codes and times, signed"),
        "peer /v1/card": KEYS,
        "admin /livez": COUNTS,
        "admin /readyz": COUNTS,
        "admin /healthz": COUNTS,
        "admin /metrics": COUNTS,
    }
)

# What may be told of an event to whoever listens, also to a command that the configuration names.
EVENT_MEMBERS: Final[Table] = MappingProxyType(
    {
        "kind": Nothing("a word of the program"),
        "peer": Nothing("a node"),
        "id": Nothing("drawn by the node"),
        "type": Nothing("a word of the catalogue"),
        "thread": Nothing("drawn by the node"),
        "reference": Nothing("a number that the node counts"),
        "state": Nothing("a word of the program"),
    }
)

# The only words a label of a metric may have: none of them holds an id or what a person wrote.
METRIC_LABELS: Final[Table] = MappingProxyType(
    {
        "act": Nothing("a level, or a word of the program"),
        "chain": Nothing("local, or a peer"),
        "code": Nothing("a code of the protocol"),
        "direction": Nothing("in or out"),
        "environment": Nothing("test or production"),
        "file": Nothing("database or its log"),
        "holder": Nothing("us or them"),
        "kind": Nothing("a word of the program"),
        "level": Nothing("a word of the program"),
        "node": Nothing("this node"),
        "peer": Nothing("a node"),
        "port": Nothing("a word of the program"),
        "sqlite": Nothing("a version"),
        "state": Nothing("a word of the program"),
        "use": Nothing("what a key is for"),
        "version": Nothing("a version"),
        "worker": Nothing("a word of the program"),
    }
)

# The only fields of a log line. The words of the events themselves are constants of the program.
LOG_FIELDS: Final[Table] = MappingProxyType(
    {
        "address": Nothing("where a port or a peer is"),
        "attempts": Nothing("a count"),
        "chain": Nothing("local, or a peer"),
        "code": Nothing("a code of the protocol"),
        "count": Nothing("a count"),
        "digest": Nothing("SHA-256 of an envelope, whose content key is random"),
        "environment": Nothing("test or production"),
        "epoch": Nothing("drawn by the node"),
        "error": Nothing("the name of an exception, or a fixed sentence"),
        "exit": Nothing("a count"),
        "failures": Nothing("a count"),
        "id": Nothing("drawn by a node"),
        "level": Nothing("a word of the program"),
        "messages": Nothing("a count"),
        "milliseconds": Nothing("a count"),
        "node": Nothing("this node"),
        "outcome": Nothing("a word of the program"),
        "path": Nothing("a setting"),
        "peer": Nothing("a node"),
        "port": Nothing("a count"),
        "position": Nothing("a count"),
        "retry_in": Nothing("a count"),
        "serial": Nothing("a count"),
        "size": Nothing("a count"),
        "sqlite": Nothing("a version"),
        "status": Nothing("a status of HTTP"),
        "task": Nothing("a word of the program"),
        "type": Nothing("a word of the catalogue"),
        "version": Nothing("a version"),
    }
)

_JUDGED: Final = Inside("judges what arrived; the answer is a code")
_FOLLOWED: Final = Inside("works out duties, registers or threads from what the message says")

# Every function that has content in clear in its hands.
OPENERS: Final[Table] = MappingProxyType(
    {
        "gateway.delivery.arrival:_check_body": _JUDGED,
        "gateway.delivery.consent_judging:_body": _JUDGED,
        "gateway.delivery.consent_judging:_unlike_request": _FOLLOWED,
        "gateway.delivery.consents_for:consent_of": Inside(
            "reads the terms of a consent for a decision"
        ),
        "gateway.delivery.fingerprinting:_said": Inside("makes keyed digests of numbers and names"),
        "gateway.delivery.listing:_said": _FOLLOWED,
        "gateway.delivery.owing:_note_agreement": _FOLLOWED,
        "gateway.delivery.placement:_against": _FOLLOWED,
        "gateway.delivery.placing_again:_place": _FOLLOWED,
        "gateway.delivery.publishing:_rule": Inside("opens the signed header for its marking"),
        "gateway.delivery.reclosing:_reclose_list": Inside(
            "a list is closed again, as its marking says now"
        ),
        "gateway.delivery.releasing:_denied": Decided(Action.SEND, RELEASING),
        "gateway.delivery.remarking:check": _JUDGED,
        "gateway.delivery.reseal:reseal": Inside("sealed again for the same peer, bytes unchanged"),
        "gateway.delivery.scanning:_Sources._places": Inside(
            "looks whether a declared source has what was found"
        ),
        "gateway.delivery.showing:part": PUBLISH,
        "gateway.delivery.subjects:_changed": Inside("reads a change of a marking for a decision"),
        "gateway.delivery.superseding:body_of": _FOLLOWED,
        "gateway.delivery.superseding:differing_step": _FOLLOWED,
        "gateway.delivery.told:told_again": _FOLLOWED,
        "gateway.delivery.undo:_listed": _FOLLOWED,
        "gateway.desk.consent_asking:_lost": _JUDGED,
        "gateway.desk.consent_packages:_message": Inside(
            "verifies a package that its holder has already"
        ),
        "gateway.desk.consent_preparing:_content": PREPARE,
        "gateway.desk.desk:Desk._give": SHOW,
        "gateway.desk.desk:Desk._rehearsed": SEND,
        "gateway.desk.disclosure_telling:_check_new": Inside(
            "compares a report with the last one, which tells nothing but that it is the same"
        ),
        "gateway.desk.disclosure_telling:_wanted": Inside(
            "reads what a question about disclosures asks for"
        ),
        "gateway.desk.disclosure_wishes:judged": DISCLOSE,
        "gateway.desk.drafts:Drafts.get": OWN_WORDS,
        "gateway.desk.drafts:Drafts.put": OWN_WORDS,
        "gateway.desk.marking:_changed": Inside(
            "the markings a message had, by codes of the protocol"
        ),
        "gateway.desk.matters:Matters.notes": NOTES,
        "gateway.desk.printing:Printing.page": PRINT,
        "gateway.desk.provenance:_stands": _JUDGED,
        "gateway.desk.publication_items:decision_of": Inside("our own reason not to publish"),
        "gateway.desk.publication_items:item_view": Inside("our own reason not to publish"),
        "gateway.desk.reading:load_row": Inside("hands it to those who decide"),
        "gateway.desk.reading:permitted_content": Decided(Action.SHOW, READING),
        "gateway.desk.published:_values": Inside("what a consent opens, for `plan`, which decides"),
        "gateway.desk.register_views:opened_views": Inside("for `Registers.opened`, which decides"),
        "gateway.desk.register_views:stood": Inside("an embargo that is over; closed before"),
        "gateway.desk.register_views:unveiled": Inside("an embargo that is over; closed before"),
        "gateway.desk.register_views:views_of": Inside("an embargo that is over; closed before"),
        "gateway.desk.registers:Registers.opened": OPEN,
        "gateway.desk.reissue:Reissue.compose": Inside("our own message, said again to its peer"),
        "gateway.desk.searching:Search._places": SHOW,
        "gateway.http.routes.drafts:_get": OWN_WORDS,
        "gateway.http.routes.registers:_open": Inside("hands on what the desk decided"),
        "gateway.store.disclosures:text_of": Inside(
            "our own words in place of content, for `judged`"
        ),
        "gateway.store.drafts:get": OWN_WORDS,
        "gateway.store.messages:content_of": Inside("the one place that opens a message's content"),
        "gateway.store.messages:sealed": Inside("sealed anew, because its marking became stricter"),
        "gateway.store.notes:_text": NOTES,
        "gateway.store.origin_hits:reason_of": Inside("why somebody here knows it from elsewhere"),
        "gateway.store.publications:reason_of": Inside("our own reason not to publish"),
        "gateway.store.register_lists:_line": Inside("a list is put together from its parts"),
        "gateway.store.register_versions:_said": Inside("the history of an entry is worked out"),
        "gateway.store.register_versions:_state": Inside("the history of an entry is worked out"),
        "gateway.store.registers:opened": Inside("for `Registers.opened`, which decides"),
        "gateway.store.registers:unsealed": Inside("the one place that opens a register's row"),
        "gateway.store.store_key:_opens": Nothing("an empty value, to try the key with"),
    }
)

_NODE_FILE: Final = Nothing("settings, keys and cards of a node")

# Every function that makes a file.
WRITERS: Final[Table] = MappingProxyType(
    {
        "gateway.cli.consent_giving:_prepare": PREPARE,
        "gateway.cli.consent_signing:_write": Inside("the package that its holder gave to sign"),
        "gateway.cli.consent_signing:key": _NODE_FILE,
        "gateway.cli.demo_folder:_make": Nothing("the demo's own mark and settings"),
        "gateway.cli.demo_folder:_open_pages": Nothing("the demo's own settings"),
        "gateway.cli.demo_officer:_make_key": _NODE_FILE,
        "gateway.cli.demo_nodes:DemoNode.note_process": Nothing("a process number"),
        "gateway.cli.demo_nodes:Running.start": Nothing("the log of a node of the demo"),
        "gateway.cli.disclosure_files:_written": DISCLOSE,
        "gateway.cli.editor:edit": Inside("what the caller is writing, 0600, gone when he is done"),
        "gateway.cli.new_file:place": Inside("writes for the commands that are named below"),
        "gateway.cli.new_node:_fill": _NODE_FILE,
        "gateway.cli.print_page:command": PRINT,
        "gateway.cli.register_export:export": EXPORT,
        "gateway.http.socket_file:_leave_note": Nothing("where the socket is"),
        "gateway.keyring.creating:create": _NODE_FILE,
        "gateway.keyring.folder:replace": _NODE_FILE,
        "gateway.keyring.starting_over:_set_aside": _NODE_FILE,
        "gateway.node.folder_files:FolderFiles.put": SHOW,
        "gateway.node.public_files:_put": PUBLISH,
        "gateway.private_files:_write": Inside("writes for those that are named here"),
        "gateway.private_files:write_directory": Inside("writes for those that are named here"),
        "gateway.store.backup:_describe": COUNTS,
        "gateway.store.copying:copy": Inside("the database, in which content is sealed"),
        "gateway.store.database:Store.open": Inside("the database, in which content is sealed"),
        "gateway.store.lock:take": Nothing("an empty file"),
    }
)

# Every function that starts another program.
PROCESSES: Final[Table] = MappingProxyType(
    {
        "gateway.cli.demo_nodes:_launch": Nothing("a node of the demo, told its settings"),
        "gateway.cli.editor:_run": OWN_WORDS,
        "gateway.client.ways:_CommandConnection.__init__": Nothing("a way to the local API"),
        "gateway.client.ways:_CommandConnection.connect": Nothing("a way to the local API"),
        "gateway.node.notify:Notifier._failure_of": VIEW,
    }
)
