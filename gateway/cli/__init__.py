"""The command line: it translates for the desk and decides nothing.

One file per noun. Data goes to stdout, talk to stderr, and the exit code is the one the local API
carries. Nothing heavy is imported before a command needs it, so help and typing mistakes are
answered at once.
"""

from gateway.cli.root import main

__all__ = ["main"]
