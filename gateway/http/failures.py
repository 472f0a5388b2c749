"""Why no answer came, in words for an operator: what happened and what to do next."""

import os
import ssl
from collections.abc import Iterator

import aiohttp

from gateway.delivery.transport import PinError
from gateway.errors import TransientError
from gateway.http.addresses import ForbiddenAddressError
from gateway.http.pinned_connector import pin_text


def explain(error: BaseException, *, node: str, address: str) -> TransientError:
    """Return the error that the sender is told, made from what the network told us."""
    causes = tuple(_causes(error))
    if any(isinstance(cause, ssl.SSLCertVerificationError) for cause in causes):
        return PinError(pin_text(node, address))
    for cause in causes:
        if isinstance(cause, ForbiddenAddressError):
            return TransientError(
                f"{node} at {address}: {cause}. Correct the address in the peer's card, or allow "
                f"its network in the configuration"
            )
        if isinstance(cause, ssl.SSLError) and "ALERT" in str(cause):
            reason = f"with the TLS alert {cause.reason or 'unknown'}"
            return TransientError(_refused_text(node, address, reason))
    if _ended_unanswered(error):
        return TransientError(_refused_text(node, address, "without a word"))
    return TransientError(f"{node} at {address} gave no answer: {_brief(error)}")


def _ended_unanswered(error: BaseException) -> bool:
    is_cut = isinstance(error, aiohttp.ServerDisconnectedError | aiohttp.ClientOSError)
    return is_cut and not isinstance(error, aiohttp.ClientConnectorError)


def _refused_text(node: str, address: str, how: str) -> str:
    # In TLS 1.3 the client's handshake is over before the server has seen its certificate, so a
    # refusal comes where the answer should be: as an alert, or from servers on asyncio (ours too)
    # as a bare reset. A restart of the peer looks the same, hence the first question.
    return (
        f"{node} at {address} ended the connection {how}, after the handshake and before any "
        f"answer. Unless it was just restarted, the peer did not accept our certificate: our card "
        f"has not reached it, or its operator disabled us. Send the current card "
        f"(`gateway keys card`) and compare fingerprints by telephone"
    )


def _brief(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "it took too long"
    if isinstance(error, aiohttp.ClientConnectorError):
        number = error.os_error.errno or 0
        # The event loop's own text repeats the address in Python; a resolver's number is negative.
        known = os.strerror(number) if number > 0 else error.os_error.strerror
        return known or type(error.os_error).__name__
    # Other texts may quote what the peer sent.
    return type(error).__name__


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        if isinstance(current, aiohttp.ClientConnectorError):
            yield current.os_error
        current = current.__cause__ or current.__context__
