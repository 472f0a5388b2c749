"""`gateway template`: a body to start from."""

import click

from gateway.cli import options, output
from gateway.cli.types import known_type, schema_of
from gateway.errors import NotFoundError


@click.command(
    epilog="Example: gateway template inquiry.request | "
    "gateway send inquiry.request - --to kh/molvt --dry-run"
)
@click.argument("type_name", metavar="TYPE")
@options.json_option
def command(type_name: str) -> None:
    """Print an example body of TYPE as JSON, ready to be changed and sent."""
    row = known_type(type_name)
    examples = schema_of(row.name).get("examples")
    if not examples:
        raise NotFoundError(f"there is no example of {row.name}", hint=f"gateway types {row.name}")
    output.document(examples[0])
