"""The configuration of a node: read once, checked whole, then passed on as plain values."""

from gateway.config.in_force import Setting, in_force
from gateway.config.lines import with_values
from gateway.config.loading import Loaded, load, load_with_places
from gateway.config.model import (
    Address,
    Config,
    ControlConfig,
    DeliveryConfig,
    DutiesConfig,
    Environment,
    FolderConfig,
    LimitsConfig,
    LogConfig,
    LogLevel,
    NodeConfig,
    NotifyConfig,
    PathsConfig,
    PublicationConfig,
)
from gateway.config.variables import overriding

__all__ = [
    "Address",
    "Config",
    "ControlConfig",
    "DeliveryConfig",
    "DutiesConfig",
    "Environment",
    "FolderConfig",
    "LimitsConfig",
    "Loaded",
    "LogConfig",
    "LogLevel",
    "NodeConfig",
    "NotifyConfig",
    "PathsConfig",
    "PublicationConfig",
    "Setting",
    "in_force",
    "load",
    "load_with_places",
    "overriding",
    "with_values",
]
