"""What `gateway doctor` looks at, in order: from the machine to the peers.

A check that cannot be made because an earlier one failed is left out: one cause, one line.
"""

from collections.abc import Iterator
from pathlib import Path

from gateway.cli import checks_host, checks_keys, checks_memoranda, checks_node, checks_store
from gateway.cli.findings import Finding, failed, ok
from gateway.cli.progress import OnProgress
from gateway.errors import GatewayError


def run(path: Path, on_progress: OnProgress) -> Iterator[Finding]:
    """Yield the findings of every check on the node of `path`; no error leaves this function."""
    yield from checks_host.program()
    from gateway import config

    try:
        settings = config.load(path)
    except GatewayError as error:
        yield failed("configuration", error)
        return
    yield ok("configuration", str(path))
    yield from checks_memoranda.run(settings)
    yield from checks_host.rights(settings)
    yield from checks_host.passphrase(settings)
    yield from checks_host.clock(settings)
    yield from checks_host.disk(settings)
    yield from checks_store.run(settings, on_progress)
    yield from checks_keys.run(settings)
    yield from checks_node.run(settings, on_progress)
