"""Two nodes that exchange, and the first steps of a matter between them."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from gateway.desk import Draft
from tests.nodes import OFFICER, Pair, inquiry, two_nodes


@pytest.fixture
async def pair(tmp_path: Path) -> AsyncIterator[Pair]:
    async with two_nodes(tmp_path) as pair:
        yield pair


async def ask(pair: Pair, **changes: Any) -> dict[str, Any]:
    """Send an inquiry from Japan and wait until Cambodia has it."""
    sent = await pair.jp.desk.send(Draft.from_json(inquiry(**changes)), OFFICER)
    return await pair.jp.desk.wait(sent["id"], "received", 5)


async def read(pair: Pair, **changes: Any) -> dict[str, Any]:
    """Send an inquiry and let Cambodia's officer read it."""
    sent = await ask(pair, **changes)
    await pair.kh.desk.fetch(sent["id"], OFFICER)
    return await pair.jp.desk.wait(sent["id"], "handed-over", 5)
