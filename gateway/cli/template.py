"""`gateway template`: a body to start from."""

import click

from gateway.cli import options, output
from gateway.cli.types import known_type, schema_of
from gateway.errors import NotFoundError


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
    examples = schema_of(row.name).get("examples")
    if not examples:
        raise NotFoundError(f"there is no example of {row.name}", hint=f"gateway types {row.name}")
    if not as_toml:
        output.document(examples[0])
        return
    from gateway.cli.form_editing import as_text
    from gateway.cli.form_message import BODY, MessageForm

    form = as_text(MessageForm.of(row), {BODY: examples[0]})
    if options.as_json():
        output.document({"form": form})
    else:
        output.data(form.removesuffix("\n"))
