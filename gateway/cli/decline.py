"""`gateway decline`: turn a received message down."""

from typing import Final

import click

from gateway.cli import options, output
from gateway.cli.failure import AnsweredError
from gateway.cli.socket_client import NodeClient

# Where the node finds a fault, and the option that the caller gave it with.
_OPTIONS: Final = {
    "/code": "--reason",
    "/reason/code": "--reason",
    "/text": "--text",
    "/reason/text/en": "--text",
}


@click.command(
    epilog="Example: gateway decline 0195c2a4-7b1e "
    "--reason unknown-subject --text 'No such record.'"
)
@click.argument("message", metavar="ID", callback=options.check_selector)
@click.option("--reason", "code", metavar="CODE", required=True, help="Why, from the code list.")
@click.option("--text", metavar="TEXT", required=True, help="Why, in English, for the other side.")
@options.json_option
def command(message: str, code: str, text: str) -> None:
    """Decline the received message ID; its sender hears the reason, and the matter is over.

    `gateway types acknowledgement.declined` shows the reasons there are.
    """
    body = {"code": code, "text": text}
    client = NodeClient.of(options.config_path())
    try:
        view = client.post("messages", message, "decline", body=body)
    except AnsweredError as error:
        raise _by_option(error) from None
    if options.as_json():
        output.document(view)
        return
    output.talk(f"declined {view.get('type')} from {view.get('peer')}")
    output.data(str(view.get("id")))


def _by_option(error: AnsweredError) -> AnsweredError:
    """Return the error with the names of our options where the node named members of the body."""
    given = error.document.get("problems") or []
    problems = [{**each, "where": _OPTIONS.get(each["where"], each["where"])} for each in given]
    if problems == given:
        return error
    hint = "gateway types acknowledgement.declined shows what is allowed"
    return AnsweredError({**error.document, "problems": problems, "hint": hint})
