"""The configuration of a node: read once, checked whole, then passed on as plain values."""

from gateway.config.lines import with_values
from gateway.config.loading import load
from gateway.config.model import (
    Address,
    Config,
    ControlConfig,
    DeliveryConfig,
    Environment,
    LimitsConfig,
    LogConfig,
    LogLevel,
    NodeConfig,
    PathsConfig,
)

__all__ = [
    "Address",
    "Config",
    "ControlConfig",
    "DeliveryConfig",
    "Environment",
    "LimitsConfig",
    "LogConfig",
    "LogLevel",
    "NodeConfig",
    "PathsConfig",
    "load",
    "with_values",
]
