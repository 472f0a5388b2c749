"""`gateway doctor`: everything a node needs, looked at one by one, with the way to mend it."""

from collections.abc import Iterable
from typing import Final

import click

from gateway.cli import options, output, progress
from gateway.errors import ExitCode

# What people call the steps that may take long.
_STEPS: Final = {"structure": "structure of the database", "peers": "reaching the peers"}


@click.command(epilog="Example: gateway --config jp/config.toml doctor")
@options.json_option
@click.pass_context
def command(ctx: click.Context) -> None:
    """Check machine, rights, clock, disk, store, keys, TLS, the running node and every peer.

    Each line that is not well says how to mend it. Peers are tried at once, which changes nothing
    there. Exit 0 when all is well, 10 with a warning, 1 when something fails.
    """
    from gateway.cli import checks

    with progress.shown(_STEPS) as tell:
        findings = list(checks.run(options.config_path(), tell))
    if options.as_json():
        output.document({"items": [finding.view() for finding in findings], "next": None})
    else:
        for finding in findings:
            output.data(f"{finding.grade:<4}  {finding.subject:<14} {finding.text}")
            if finding.mend:
                output.data(f"{'':<4}  {'':<14} mend: {finding.mend}")
    ctx.exit(_worst(finding.grade for finding in findings))


def _worst(grades: Iterable[str]) -> ExitCode:
    seen = set(grades)
    if "fail" in seen:
        return ExitCode.FAILURE
    return ExitCode.WARNING if "warn" in seen else ExitCode.DONE
