"""`gateway relay`: the control socket on standard input and output, for a forced command of ssh."""

import os
import select
import socket
import threading

import click

from gateway.cli import options, output
from gateway.client.errors import NodeDownError
from gateway.client.ways import open_socket

_CHUNK = 64 * 1024
_IN, _OUT = 0, 1
# A reply that pauses for so long has ended.
_QUIET_MILLISECONDS = 500


@click.command(epilog='Example: command="gateway --config /srv/kh/config.toml relay",restrict KEY')
def command() -> None:
    """Join standard input and output to the node's control socket.

    It is the forced command of an account through which another host reaches the node: the kernel
    names that account to the node, which records it with every act.
    """
    from gateway import config

    path = options.config_path()
    try:
        way = open_socket(config.load(path).control.socket, timeout=None)
    except (FileNotFoundError, ConnectionRefusedError):
        line = output.line_for(path, "serve")
        raise NodeDownError("the node is not running", hint=line) from None
    with way:
        heard = threading.Event()
        # A thread for each direction: neither waits for the other, however much is on its way.
        threading.Thread(target=_up, args=(way, heard), daemon=True).start()
        _down(way, heard)


def _up(way: socket.socket, heard: threading.Event) -> None:
    was_asked = False
    try:
        while data := os.read(_IN, _CHUNK):
            way.sendall(data)
            was_asked = True
        if was_asked:
            _linger(heard)
        way.shutdown(socket.SHUT_WR)
    except OSError:
        # The node has closed the connection; the other direction ends the command.
        return


def _linger(heard: threading.Event) -> None:
    """Wait until the reply has come, or nobody is left to read it.

    The node takes the end of our input for a caller who has gone, and would not answer one who
    closes the input as soon as the request is written.
    """
    reader = select.poll()
    reader.register(_OUT, 0)  # tells no more than that the other end was closed
    while not heard.is_set():
        if reader.poll(_QUIET_MILLISECONDS):
            return
    while heard.is_set():
        heard.clear()
        if reader.poll(_QUIET_MILLISECONDS):
            return


def _down(way: socket.socket, heard: threading.Event) -> None:
    try:
        while data := way.recv(_CHUNK):
            heard.set()
            while data:
                data = data[os.write(_OUT, data) :]
    except (BrokenPipeError, ConnectionResetError):
        # The caller has gone; there is nobody left to be told.
        return
