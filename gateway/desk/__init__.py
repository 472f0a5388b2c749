"""What an officer or a local system can do at this node; the CLI and the API only translate."""

from gateway.desk.desk import Desk
from gateway.desk.draft import Actor, Draft

__all__ = ["Actor", "Desk", "Draft"]
