"""A typed client of the local API, for whoever connects a system to a node; see `Client`."""

from gateway.client.client import Client
from gateway.client.errors import AnsweredError, NodeDownError
from gateway.client.following import Event

__all__ = ["AnsweredError", "Client", "Event", "NodeDownError"]
