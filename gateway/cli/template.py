"""`gateway template`: a body to start from."""

from collections.abc import Mapping
from typing import Any, Final

import click

from gateway.cli import made_by, options, output
from gateway.cli.types import known_type, schema_of
from gateway.errors import LocalError, NotFoundError

_CARD: Final = "card.update"
_CONTACT: Final = "contact.update"


@click.command(
    epilog="Example: gateway template inquiry.request --toml > inquiry.toml; then "
    "gateway send inquiry.request inquiry.toml --to kh/molvt --dry-run"
)
@click.argument("type_name", metavar="TYPE")
@click.option(
    "--toml", "as_toml", is_flag=True, help="As a form with an explanation of each field."
)
@options.json_option
def command(type_name: str, as_toml: bool) -> None:
    """Print an example body of TYPE as JSON, ready to be changed and sent.

    With --toml it is the form that `gateway send TYPE --edit` opens, filled in with the example.
    """
    row = known_type(type_name)
    made_by.check_by_hand(row)
    examples = schema_of(row.name).get("examples")
    if not examples:
        raise NotFoundError(f"there is no example of {row.name}", hint=f"gateway types {row.name}")
    example = {_CARD: _with_own_card, _CONTACT: _with_own_name}.get(row.name, dict)(examples[0])
    if not as_toml:
        output.document(example)
        return
    from gateway.cli.form_editing import as_text
    from gateway.cli.form_message import BODY, MessageForm

    form = as_text(MessageForm.of(row), {BODY: example})
    if options.as_json():
        output.document({"form": form})
    else:
        output.data(form.removesuffix("\n"))


def _with_own_name(example: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the example with the node here as the contact point, as nobody speaks for another."""
    from gateway import config

    try:
        return {**example, "party": config.load(options.config_path()).node.name}
    except LocalError:
        return example  # there is no node here, and a template needs none


def _with_own_card(example: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the example with the card that this node hands out, since no other can be sent."""
    from gateway import config
    from gateway.keyring import read_own_card

    try:
        keys = config.load(options.config_path()).paths.keys
        return {**example, "card": read_own_card(keys).decode()}
    except LocalError:
        return example  # there is no node here, and a template needs none
