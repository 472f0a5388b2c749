"""What the demo plays, clause by clause: from a sign of life to the end of an approval.

One thing leads to the next: what is revoked was approved, listed, published and reported before.
"""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import Final

from gateway.cli import demo_bodies as bodies
from gateway.cli import demo_release
from gateway.cli.demo_bodies import Organisation, example
from gateway.cli.demo_nodes import DemoNode
from gateway.cli.demo_play import Stage, Step

Steps = Iterator[Step]


@dataclass(frozen=True, slots=True)
class Episode:
    """A matter, or a chain of them."""

    title: str
    play: Callable[[Stage], Steps]


def _life(stage: Stage) -> Steps:
    yield stage.pings(stage.japan, "asks for a sign of life", to=stage.cambodia)


def _inquiry(stage: Stage) -> Steps:
    japan, cambodia = stage.japan, stage.cambodia
    said = bodies.inquiry(bodies.new_organisation(cambodia))
    asks = stage.says(japan, "asks about a certificate", said, to=cambodia)
    yield asks
    yield from _taken_up(stage, cambodia, asks)
    answer = stage.says(cambodia, "its officer answers", example("inquiry.answer"), about=asks)
    yield answer
    yield stage.fetches(japan, "its officer fetches the answer", answer)
    yield stage.sees(japan, "the inquiry is answered", asks, "answered")


def _chain(stage: Stage) -> Steps:
    """Play one organisation from its approval to the end of it."""
    of = bodies.new_organisation(stage.cambodia)
    yield from _approval(stage, of)
    yield from _list(stage, of)
    result = yield from _investigation(stage, of)
    yield from _revocation(stage, of, result)


def _approval(stage: Stage, of: Organisation) -> Steps:
    japan, cambodia = stage.japan, stage.cambodia
    approval = stage.says(cambodia, "approves an organisation", bodies.approval(of), to=japan)
    yield approval
    yield from _taken_up(stage, japan, approval)
    yield from _published(stage, japan, approval)


def _list(stage: Stage, of: Organisation) -> Steps:
    japan, cambodia = stage.japan, stage.cambodia
    said = bodies.whole_list(cambodia, of)
    whole = stage.says(cambodia, "sends the whole list", said, to=japan)
    yield whole
    yield from _taken_up(stage, japan, whole)
    yield from _published(stage, japan, whole)


def _investigation(stage: Stage, of: Organisation) -> Generator[Step, None, Step]:
    japan, cambodia = stage.japan, stage.cambodia
    report = stage.says(japan, "reports an irregularity", bodies.report(of), to=cambodia)
    yield report
    yield from _taken_up(stage, cambodia, report)
    said = example("investigation.status")
    status = stage.says(cambodia, "says how far it has come", said, about=report)
    yield status
    yield stage.fetches(japan, "its officer fetches it", status)
    said = example("investigation.result")
    result = stage.says(cambodia, "reports the result", said, about=report)
    yield result
    yield stage.fetches(japan, "its officer fetches the result", result)
    yield stage.sees(japan, "the report is answered", report, "answered")
    return result


def _revocation(stage: Stage, of: Organisation, result: Step) -> Steps:
    japan, cambodia = stage.japan, stage.cambodia
    said = bodies.revocation(of)
    notice = stage.says(cambodia, "notifies the revocation", said, to=japan, about=result)
    yield notice
    yield from _taken_up(stage, japan, notice)
    yield from _published(stage, japan, notice)


def _fraud(stage: Stage) -> Steps:
    japan, cambodia = stage.japan, stage.cambodia
    report = stage.says(
        japan, "reports a forged certificate", example("exam.fraud.report"), to=cambodia
    )
    yield report
    yield from _taken_up(stage, cambodia, report)
    result = stage.says(cambodia, "reports the result", example("exam.fraud.result"), about=report)
    yield result
    yield stage.fetches(japan, "its officer fetches the result", result)
    yield stage.sees(japan, "the report is answered", report, "answered")


def _suspension(stage: Stage) -> Steps:
    japan, cambodia = stage.japan, stage.cambodia
    notice = stage.says(japan, "suspends a field", bodies.suspension(japan), to=cambodia)
    yield notice
    yield from _taken_up(stage, cambodia, notice)
    yield from _return(stage, notice)
    lift = stage.says(japan, "lifts the suspension", example("suspension.lift"), about=notice)
    yield lift
    yield stage.fetches(cambodia, "its officer fetches it", lift)


def _return(stage: Stage, notice: Step) -> Steps:
    japan, cambodia = stage.japan, stage.cambodia
    request = stage.says(
        japan,
        "asks for help with a return",
        example("return.assistance.request"),
        to=cambodia,
        about=notice,
    )
    yield request
    yield from _taken_up(stage, cambodia, request)
    progress = stage.says(
        cambodia, "has confirmed the identity", example("return.assistance.progress"), about=request
    )
    yield progress
    yield stage.fetches(japan, "its officer fetches it", progress)
    result = stage.says(
        cambodia, "reports the return", example("return.assistance.result"), about=request
    )
    yield result
    yield stage.fetches(japan, "its officer fetches the result", result)
    yield stage.sees(japan, "the request is answered", request, "answered")


def _anomaly(stage: Stage) -> Steps:
    """Leave something to do, so that the duties tell who has to do it."""
    said = example("dispatch.anomaly")
    yield stage.says(stage.japan, "reports an odd dispatch", said, to=stage.cambodia)


def _taken_up(stage: Stage, reader: DemoNode, sent: Step) -> Steps:
    yield stage.fetches(reader, "its officer fetches it", sent)
    yield stage.accepts(reader, "its officer accepts it", sent)


def _published(stage: Stage, reader: DemoNode, sent: Step) -> Steps:
    confirmation = stage.publishes(reader, "its operator publishes it", sent)
    yield confirmation
    yield stage.fetches(stage.other(reader), "its officer fetches it", confirmation)


EPISODES: Final = (
    Episode("A sign of life", _life),
    Episode("Clause 5(7): an inquiry", _inquiry),
    Episode(
        "Clauses 5(1), 5(5), 5(4) and 6(3): an organisation, from approval to revocation", _chain
    ),
    Episode(demo_release.TITLE, demo_release.play),
    Episode("Clause 7: fraud in an exam", _fraud),
    Episode("Clause 8: a field is suspended, and a worker returns", _suspension),
    Episode("Clause 5(2): a worker came by another way; this one waits", _anomaly),
)
