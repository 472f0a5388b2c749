"""What works on the node's own keys: telling peers our card, and looking at the ends of keys."""

import os
from collections.abc import Callable, Mapping
from typing import Any

from gateway.config import Config
from gateway.desk import Actor, Desk
from gateway.desk.announcing import Announcer
from gateway.desk.refused_pairs import RefusedPairs
from gateway.node.certificates import Certificates
from gateway.node.key_watch import KeyWatch
from gateway.node.rekeying import Rekeying
from gateway.node.workers import Named


def key_workers(
    shared: Mapping[str, Any],
    *,
    config: Config,
    passphrase: Callable[[], bytes],
    certificates: Certificates,
    desk: Desk,
    wake: Callable[[str], None],
) -> tuple[Named, ...]:
    """Make the workers, and give the desk its acts on the keys.

    Args:
        shared: What most parts of a node are made of.
    """
    itself = Actor(uid=os.getuid(), name="node")
    announcer = Announcer(**shared, wake=wake, actor=itself)
    here = {name: shared[name] for name in ("us", "store", "ports")}
    rekeying = Rekeying(
        **here,
        config=config,
        passphrase=passphrase,
        directory=shared["directory"],
        certificates=certificates,
        queue=desk.queue,
        announcer=announcer,
    )
    desk.keys = rekeying
    watch = KeyWatch(**here, rekeying=rekeying, actor=itself)
    parts = {name: shared[name] for name in shared if name != "catalogue"}
    refused = RefusedPairs(**parts, queue=desk.queue, actor=itself)
    return Named("cards", announcer), Named("keys", watch), Named("refused-pairs", refused)
