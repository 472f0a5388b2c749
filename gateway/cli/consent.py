"""`gateway consent`: written consent under clause 3, asked for, given, listed and revoked."""

import click

from gateway.cli import consent_giving, consent_lists, consent_signing


@click.group(epilog="Example: gateway consent list --theirs")
def command() -> None:
    """Ask for consent to pass on what the other side sent, and give it for what you sent.

    Clause 3: nothing confidential of the other side goes to a third party without its written
    consent. It is given by consent officers, who sign with keys of their own, away from this node.
    """


for _each in (*consent_giving.COMMANDS, *consent_lists.COMMANDS, *consent_signing.COMMANDS):
    command.add_command(_each)
