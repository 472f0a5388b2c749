"""`gateway config`: is the configuration right, and what does it come to?"""

import json
from typing import Any

import click

from gateway.cli import options, output


@click.group(epilog="Example: gateway --config jp/config.toml config check")
def command() -> None:
    """Check or show the configuration of a node, and where each setting comes from.

    Every setting can be given by an environment variable instead of the file: GATEWAY_LOG_LEVEL
    stands in for `level` under `[log]`. The passphrase itself is never a value.
    """


@command.command(epilog="Example: gateway --config jp/config.toml config check")
@options.json_option
def check() -> None:
    """Read the configuration and name every fault by file and line, or by variable (exit 3)."""
    from gateway import config
    from gateway.node.setup import catalogue

    path = options.config_path()
    loaded = config.load_with_places(path)
    # What the configuration names beside itself: memoranda, and files with calendars.
    catalogue(loaded.config)
    names = list(loaded.variables.values())
    if options.as_json():
        output.document({"config": str(path), "valid": True, "variables": names})
        return
    output.data(f"{path} is valid")
    if names:
        output.talk(f"the environment stands in for it: {', '.join(names)}")


@command.command(epilog="Example: gateway --config jp/config.toml config show --origin")
@click.option("--origin", is_flag=True, help="Also say where each value comes from.")
@options.json_option
def show(origin: bool) -> None:
    """Show every setting in force, with defaults and whole paths. No secret is among them.

    The output is a configuration itself. With --origin each line ends with the line of the file
    or the variable it comes from, or with "default".
    """
    from gateway import config

    found = list(config.in_force(config.load_with_places(options.config_path())))
    if not options.as_json():
        for setting in found:
            output.data(_line(setting, origin=origin))
        return
    document: dict[str, dict[str, Any]] = {}
    for setting in found:
        value = setting.value
        if origin:
            place = setting.place or None
            value = {"value": value, "origin": str(setting.origin), "place": place}
        document.setdefault(setting.table, {})[setting.key] = value
    output.document(document)


@command.command(epilog="Example: gateway config schema > config.schema.json")
@options.json_option
def schema() -> None:
    """Print the JSON Schema of config.toml, with which an editor completes and explains.

    Beside a configuration whose first line is "#:schema config.schema.json" it is found by
    Taplo and by the editors that use it.
    """
    from gateway import resources
    from gateway.config.described import SCHEMA

    click.echo(resources.schema_file(SCHEMA), nl=False)


def _line(setting: Any, *, origin: bool) -> str:
    """Return one setting as a line of TOML: JSON texts, numbers and lists are TOML as well."""
    name = f"{setting.table}.{setting.key}"
    if setting.value is None:
        return f"# {name} is not set"
    line = f"{name} = {json.dumps(setting.value, ensure_ascii=False)}"
    return f"{line:<48}  # {setting.place or setting.origin}" if origin else line
