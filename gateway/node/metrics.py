"""What the node counts, as Prometheus reads it: one table of names, and the numbers under them.

No label carries an id, a reference, a type of message or a person's name: the port that serves this
asks nobody who he is.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from gateway.config import Config
from gateway.envelope import Card, times
from gateway.node.days import days_left
from gateway.node.health import disk_free
from gateway.node.verifying import Verifying
from gateway.node.workers import Workers
from gateway.store import SQLITE_VERSION, Row, Store, consents, figures
from gateway.store.alarms import Alarm
from gateway.store.figures import Figures


class Kind(StrEnum):
    """What Prometheus may assume of a number: that it only grows, or nothing."""

    COUNTER = "counter"
    GAUGE = "gauge"


@dataclass(frozen=True, slots=True)
class Described:
    """A name that `/metrics` serves, with its labels and what it means."""

    name: str
    labels: tuple[str, ...]
    meaning: str
    kind: Kind = Kind.GAUGE


_OURS: Final = (
    Described(
        "gateway_info",
        ("version", "sqlite", "environment", "node"),
        "Always 1; the labels say what runs.",
    ),
    Described("gateway_store_writable", (), "1 while the store takes writes, 0 once it failed."),
    Described("gateway_store_bytes", ("file",), "Size of the database and of its WAL."),
    Described("gateway_disk_free_ratio", (), "Free share of the disk under the data folder."),
    Described(
        "gateway_messages", ("direction", "state"), "Messages kept, received (in) and sent (out)."
    ),
    Described("gateway_outbox_messages", ("peer", "state"), "Messages that have no final entry."),
    Described(
        "gateway_outbox_oldest_seconds", ("peer",), "Age of the oldest of these; 0 without any."
    ),
    Described(
        "gateway_overdue_messages",
        ("peer", "direction", "level"),
        "Messages that did not reach a level by its deadline and have not yet; direction in: "
        "the act is ours. Alert on this one for levels.",
    ),
    Described(
        "gateway_duties",
        ("peer", "holder", "act"),
        "What is owed and not done, by whom (us or them); act: a level, or repeated.",
    ),
    Described(
        "gateway_duties_overdue",
        ("peer", "holder", "act"),
        "How many of these are late. Levels are in gateway_overdue_messages too: alert here on "
        "act repeated alone.",
    ),
    Described(
        "gateway_refusals",
        ("peer", "direction", "code"),
        "Messages refused for good, by us (in) or by the peer (out).",
    ),
    Described(
        "gateway_publications_waiting", ("peer",), "What is to be made public and nobody decided."
    ),
    Described(
        "gateway_publications_overdue_seconds",
        ("peer",),
        "How long the first of these should have been public; 0 while none is late.",
    ),
    Described(
        "gateway_registers_waiting", ("peer",), "Messages that a person has to let into a register."
    ),
    Described(
        "gateway_consents",
        ("direction", "state"),
        "Consents given to us (in) and by us (out), by how they stand.",
    ),
    Described(
        "gateway_unreadable_arrivals",
        ("peer",),
        "Arrivals that could not be read or verified; the newest 1,000 are kept.",
    ),
    Described("gateway_peer_enabled", ("peer",), "1 while an operator lets us exchange with it."),
    Described("gateway_link_failures", ("peer",), "Tries in a row that had no answer."),
    Described(
        "gateway_last_contact_seconds", ("peer",), "Since the peer was last heard; absent if never."
    ),
    Described(
        "gateway_clock_offset_seconds", ("peer",), "How far the peer's clock is ahead of ours."
    ),
    Described("gateway_alarms", ("kind",), "Alarms that no person has looked at."),
    Described("gateway_key_days_left", ("use",), "Days until the last key of a use ends."),
    Described("gateway_certificate_days_left", (), "Days until the TLS certificate shown ends."),
    Described("gateway_card_days_left", (), "Days until our card ends."),
    Described("gateway_evidence_records", ("chain",), "Records of a chain of evidence."),
    Described(
        "gateway_evidence_verified_records",
        ("chain",),
        "Records of it that were found to hold since the start.",
    ),
    Described("gateway_evidence_broken", ("chain",), "1 where a chain was found changed, else 0."),
    Described("gateway_worker_degraded", ("worker",), "1 where a background task failed lately."),
    Described(
        "gateway_http_refused_total",
        ("port", "kind"),
        "Requests and connections that were not taken, by HTTP status or kind.",
        Kind.COUNTER,
    ),
)
# Those of the process itself come with prometheus-client, under the names that everybody uses.
_PROCESS: Final = (
    Described("process_virtual_memory_bytes", (), "Virtual memory of the process."),
    Described("process_resident_memory_bytes", (), "Resident memory of the process."),
    Described("process_start_time_seconds", (), "When the process started, Unix time."),
    Described("process_cpu_seconds_total", (), "Processor time used.", Kind.COUNTER),
    Described("process_open_fds", (), "Open file descriptors."),
    Described("process_max_fds", (), "The limit of these."),
)

# Every name that `/metrics` serves; the reference page, the alert rules and the dashboard are
# compared with it.
METRICS: Final[Mapping[str, Described]] = {each.name: each for each in (*_OURS, *_PROCESS)}

Sample = tuple[str, tuple[str, ...], float]
Counts = Callable[[], Mapping[str, Counter[str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where the numbers come from.

    Args:
        card: Our card of this moment.
        certificate: The certificate that we show now, DER.
        refused: What each port has refused since the start, by port.
    """

    config: Config
    version: str
    card: Callable[[], Card]
    certificate: Callable[[], bytes]
    store: Store
    workers: Workers
    verifying: Verifying
    refused: Counts
    clock: Callable[[], float]


class Metrics(Collector):
    """Collects the numbers of one look; whoever asks in between gets those of the last one."""

    def __init__(self, sources: Sources) -> None:
        self._sources = sources
        self._samples: tuple[Sample, ...] = ()
        self._registry = CollectorRegistry(auto_describe=False)
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    async def page(self) -> bytes:
        """Look once and return the numbers in the text form of Prometheus."""
        sources = self._sources
        found, standing, now = None, list[Row](), sources.clock()
        if sources.store.failure is None:
            found = await sources.store.read(figures.load)
            count = partial(consents.counts, now=times.text(int(now)))
            standing = await sources.store.read(count)
        self._samples = tuple(_of_parts(sources, now)) + (
            () if found is None else tuple(_of_store(found, sources.verifying, now))
        )
        self._samples += tuple(
            ("gateway_consents", (row["direction"], row["state"]), row["count"]) for row in standing
        )
        return generate_latest(self._registry)

    def describe(self) -> Iterable[Metric]:
        """Claim no names beforehand: the registry would look for them without a look of ours."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """Yield every family with the samples of the last look."""
        for each in _OURS:
            form = CounterMetricFamily if each.kind is Kind.COUNTER else GaugeMetricFamily
            family = form(each.name, each.meaning, labels=each.labels)
            for name, labels, value in self._samples:
                if name == each.name:
                    family.add_metric(labels, value)
            yield family


def _of_parts(sources: Sources, now: float) -> Iterator[Sample]:
    """Yield what needs no look into the store."""
    node = sources.config.node
    about = (sources.version, SQLITE_VERSION, str(node.environment), node.name)
    yield "gateway_info", about, 1
    yield "gateway_store_writable", (), float(sources.store.failure is None)
    for file, path in _files(sources.store.path):
        yield "gateway_store_bytes", (file,), path.stat().st_size if path.exists() else 0
    yield "gateway_disk_free_ratio", (), disk_free(sources.config)
    days = days_left(sources.card(), sources.certificate(), now)
    for use in ("message", "encryption"):
        yield "gateway_key_days_left", (use,), days[use]
    yield "gateway_certificate_days_left", (), days["certificate"]
    yield "gateway_card_days_left", (), days["card"]
    for worker in sources.workers.names:
        yield "gateway_worker_degraded", (worker,), float(worker in sources.workers.degraded)
    for port, counts in sources.refused().items():
        for kind, count in counts.items():
            yield "gateway_http_refused_total", (port, kind), count


def _of_store(found: Figures, verifying: Verifying, now: float) -> Iterator[Sample]:
    for (direction, state), count in found.messages.items():
        yield "gateway_messages", (direction, state), count
    for labels, count in found.missed.items():
        yield "gateway_overdue_messages", labels, count
    for labels, (owed, late) in found.duties.items():
        yield "gateway_duties", labels, owed
        yield "gateway_duties_overdue", labels, late
    for labels, count in found.refused.items():
        yield "gateway_refusals", labels, count
    for link in found.vital.links:
        waiting, due = found.publications.get(link.node, (0, None))
        yield "gateway_publications_waiting", (link.node,), waiting
        yield "gateway_publications_overdue_seconds", (link.node,), _age(due, now)
        yield "gateway_registers_waiting", (link.node,), found.registers.get(link.node, 0)
    for peer, count in found.unreadable.items():
        yield "gateway_unreadable_arrivals", (peer,), count
    # All kinds, so that the first alarm of one is a change from 0 and not a new series.
    for kind in Alarm:
        yield "gateway_alarms", (kind,), found.vital.alarms.get(kind, 0)
    for chain, size in found.evidence.items():
        yield "gateway_evidence_records", (chain,), size
        yield "gateway_evidence_verified_records", (chain,), verifying.verified.get(chain, 0)
        yield "gateway_evidence_broken", (chain,), float(chain in verifying.broken)
    yield from _of_links(found, now)


def _of_links(found: Figures, now: float) -> Iterator[Sample]:
    for link in found.vital.links:
        peer = link.node
        yield "gateway_peer_enabled", (peer,), float(link.enabled)
        yield "gateway_link_failures", (peer,), link.failures
        for state in ("queued", "overdue", "held"):
            yield "gateway_outbox_messages", (peer, state), link.waiting.get(state, 0)
        yield "gateway_outbox_oldest_seconds", (peer,), _age(link.oldest, now)
        # Level 1 has no row of its own: what is overdue in the queue was not receipted in time.
        if overdue := link.waiting.get("overdue", 0):
            yield "gateway_overdue_messages", (peer, "out", "received"), overdue
        if link.last_contact is not None:
            yield "gateway_last_contact_seconds", (peer,), _age(link.last_contact, now)
        if link.clock_offset is not None:
            yield "gateway_clock_offset_seconds", (peer,), link.clock_offset


def _age(at: str | None, now: float) -> float:
    return 0 if at is None else max(0.0, now - times.parse(at))


def _files(database: Path) -> tuple[tuple[str, Path], ...]:
    return (("database", database), ("wal", database.with_name(f"{database.name}-wal")))
