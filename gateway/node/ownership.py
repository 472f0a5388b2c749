"""Configuration, keys and database must be of one node in one environment."""

from gateway.config import Config
from gateway.envelope import Card
from gateway.errors import InvalidError


def check_owner(config: Config, card: Card) -> None:
    """Let no node use another node's keys, nor a test node's in production.

    Raises:
        InvalidError: Configuration and card disagree.
    """
    if card.node != config.node.name:
        raise InvalidError(
            f"the keys under {config.paths.keys} are of {card.node}, not of {config.node.name}",
            hint="check [node] name and [paths] keys",
        )
    if str(card.environment) != str(config.node.environment):
        raise InvalidError(
            f"the card is of environment {card.environment}, "
            f"[node] environment is {config.node.environment}",
            hint="a node keeps the environment it was made for; make another with gateway init",
        )
