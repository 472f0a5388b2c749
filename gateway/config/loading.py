"""Read a configuration and check it whole: every fault by file, line, key and what is allowed."""

import math
import os
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import jsonschema_rs

from gateway.config import variables
from gateway.config.described import Described, Place, schema, settings
from gateway.config.lines import line_of
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
from gateway.errors import InvalidError, NotFoundError, Problem
from gateway.passphrase import PassphraseSource, SourceKind

# The commented example has 3 KiB; what is far larger is some other file.
MAX_BYTES: Final = 256 * 1024

PEER_PORT: Final = "127.0.0.1:8470"
ADMIN: Final = "127.0.0.1:8471"

_SYNTAX_PLACE: Final = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")

_Path = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A configuration, and where each setting that was given stands.

    Args:
        lines: Where in the file, as `file:line`, by table and key.
        variables: Which variable stands in for the file; what is in neither is the default.
    """

    config: Config
    lines: Mapping[Place, str]
    variables: Mapping[Place, str]


def load(path: Path, environment: Mapping[str, str] = os.environ) -> Config:
    """Read the configuration at `path`; its relative paths start at its own folder.

    Args:
        environment: Variables that stand in for settings; the ones of this process as a rule.

    Raises:
        NotFoundError: There is no such file.
        InvalidError: It, or a variable, breaks the rules; `problems` names each place as
            `file:line` or by the variable. Nothing of it is in force.
    """
    return load_with_places(path, environment).config


def load_with_places(path: Path, environment: Mapping[str, str] = os.environ) -> Loaded:
    """Read the configuration at `path` and keep where each setting comes from.

    Raises:
        NotFoundError: There is no such file.
        InvalidError: As `load`.
    """
    text = _read(path)
    file = _parse(path, text)
    described = settings(rules := schema())
    said = variables.given(environment, described)
    document = variables.merged(file, said, described)
    names = {at: name for at, (name, _) in said.items()}
    source = _Source(path=path, text=text, document=document, variables=names)
    faults = list(_faults(document, rules, described)) or list(_contradictions(document, described))
    # Only what is right so far can be built, and so tell where its folders are.
    faults = faults or list(_places_in_each_other(_build(path, document)))
    problems = [
        *(Problem(source.place(where), message) for where, message in faults),
        *variables.strangers(environment, described),
    ]
    if problems:
        raise InvalidError(f"the configuration {path} is not valid", problems=tuple(problems))
    given = {at for at in described if at[1] in document.get(at[0], {})} - names.keys()
    lines = {at: source.place(at) for at in given}
    return Loaded(config=_build(path, document), lines=lines, variables=names)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Source:
    """Where a configuration was read from: its file, and the variables that stand in for it."""

    path: Path
    text: str
    document: Mapping[str, Any]
    variables: Mapping[Place, str]

    def place(self, where: _Path) -> str:
        """Return where a setting or table stands: the variables that say it, or a line."""
        names = [name for at, name in self.variables.items() if where[:2] == at]
        if len(where) == 1 and isinstance(self.document.get(where[0]), Mapping):
            # Too many or too few settings of a table that holds one: those of variables, if any.
            names = [name for at, name in self.variables.items() if where == at[:1]]
        return ", ".join(names) or f"{self.path}:{line_of(self.text, where)}"


def _read(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        raise NotFoundError(
            f"there is no configuration at {path}", hint="make one with `gateway init`"
        ) from None
    except OSError as error:
        raise InvalidError(f"{path} cannot be read: {error.strerror}") from None
    if len(raw) > MAX_BYTES:
        raise InvalidError(f"{path} is larger than {MAX_BYTES} bytes: not a configuration")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        problem = Problem(f"{path}:{line}", "must be UTF-8 text")
        raise InvalidError(f"the configuration {path} is not text", problems=(problem,)) from None


def _parse(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        message = str(error)
        place = _SYNTAX_PLACE.search(message)
        line = place[1] if place and place[1] else str(max(1, len(text.splitlines())))
        words = _SYNTAX_PLACE.sub("", message)
        problem = Problem(f"{path}:{line}", f"is not TOML: {words}")
        raise InvalidError(f"the configuration {path} is not TOML", problems=(problem,)) from None


def _faults(
    document: Mapping[str, Any], rules: dict[str, Any], described: Mapping[Place, Described]
) -> Iterator[tuple[_Path, str]]:
    validator = jsonschema_rs.Draft202012Validator(rules)
    for error in validator.iter_errors(_plain(document)):
        where = tuple(str(part) for part in error.instance_path if isinstance(part, str))
        yield from _explain(error.kind, where, _schema_at(rules, error.instance_path))
    for (table, key), each in described.items():
        said = document.get(table)
        # JSON Schema takes 4.0 for a whole number; a count that is a float would surprise later.
        if isinstance(said, Mapping) and each.kind == "integer":
            value = said.get(key)
            if isinstance(value, float) and value.is_integer():
                yield (table, key), f"{each.name} must be {each.allowed}"


def _explain(
    kind: jsonschema_rs.ValidationErrorKind, where: _Path, schema: Mapping[str, Any]
) -> Iterator[tuple[_Path, str]]:
    """Say what is wrong in our words: the library's quote the value, and a value may be secret."""
    name = ".".join(where)
    if kind.name == "additionalProperties":
        allowed = ", ".join(schema["properties"])
        for unknown in kind.as_dict()["unexpected"]:
            full = (*where, unknown)
            yield full, f"{'.'.join(full)} is not a setting; allowed here: {allowed}"
    elif kind.name == "required":
        missing = kind.as_dict()["property"]
        full = (*where, missing)
        yield full, f"{'.'.join(full)} is missing: {schema['properties'][missing]['description']}"
    else:
        yield where, f"{name} must be {schema['description']}"


def _schema_at(schema: Mapping[str, Any], path: Sequence[str | int]) -> Mapping[str, Any]:
    for part in path:
        schema = schema["items"] if isinstance(part, int) else schema["properties"][part]
    return schema


def _contradictions(
    document: Mapping[str, Any], described: Mapping[Place, Described]
) -> Iterator[tuple[_Path, str]]:
    """Yield what a schema cannot say: addresses, and settings that must fit each other."""
    for table in ("peer_port", "admin"):
        where = (table, "listen")
        listen = document.get(table, {}).get("listen")
        try:
            if listen is not None:
                Address.parse(listen)
        except ValueError:
            yield where, f"{table}.listen must be {described[where].allowed}"
    delivery = DeliveryConfig(**document.get("delivery", {}))
    if delivery.retry_cap_seconds < delivery.retry_base_seconds:
        where = ("delivery", "retry_cap_seconds")
        base = f"delivery.retry_base_seconds ({delivery.retry_base_seconds:g})"
        yield where, f"{'.'.join(where)} must not be below {base}"


def _places_in_each_other(config: Config) -> Iterator[tuple[_Path, str]]:
    """Yield a folder for others that would mix what they see or drop with the node's own files.

    What lies in the exchange folder is taken, sent and written over, what lies in the public one is
    shown to everybody; what lies around either is shared with its users.
    """
    own = {"paths.data": config.paths.data, "paths.keys": config.paths.keys}
    for where, folder in (
        (("folder", "path"), config.folder.path),
        (("publication", "folder"), config.publication.folder),
    ):
        if folder is None:
            continue
        for name, other in own.items():
            if _overlap(folder, other):
                yield (
                    where,
                    f"{'.'.join(where)} must be neither {name} ({other}) nor inside or around it",
                )
        own[".".join(where)] = folder


def _overlap(one: Path, other: Path) -> bool:
    one, other = one.resolve(), other.resolve()
    return one.is_relative_to(other) or other.is_relative_to(one)


def _build(path: Path, document: Mapping[str, Any]) -> Config:
    folder = path.absolute().parent
    paths, control = document.get("paths", {}), document.get("control", {})
    data = folder / paths.get("data", "data")
    return Config(
        source=path.absolute(),
        node=NodeConfig(**_values(document, "node", environment=Environment, profiles=tuple)),
        paths=PathsConfig(
            data=data,
            keys=folder / paths.get("keys", "keys"),
            calendars=folder / paths["calendars"] if "calendars" in paths else None,
        ),
        peer_port=Address.parse(document.get("peer_port", {}).get("listen", PEER_PORT)),
        admin=Address.parse(document.get("admin", {}).get("listen", ADMIN)),
        # The socket lives in the data folder unless it is told otherwise.
        control=ControlConfig(
            folder / control.get("socket", data / "control.sock"), control.get("group")
        ),
        passphrase=_passphrase(folder, document.get("passphrase", {"prompt": True})),
        delivery=DeliveryConfig(**document.get("delivery", {})),
        limits=LimitsConfig(**document.get("limits", {})),
        notify=NotifyConfig(**_values(document, "notify", command=tuple)),
        folder=FolderConfig(**_values(document, "folder", path=folder.joinpath)),
        duties=DutiesConfig(**document.get("duties", {})),
        publication=PublicationConfig(
            **_values(document, "publication", folder=folder.joinpath, automatic=tuple)
        ),
        log=LogConfig(**_values(document, "log", level=LogLevel)),
    )


def _values(
    document: Mapping[str, Any], table: str, **kinds: Callable[[Any], object]
) -> dict[str, Any]:
    """Return what a table says, in our types; what it leaves out keeps the default."""
    said = document.get(table, {})
    return {key: kinds[key](value) if key in kinds else value for key, value in said.items()}


def _passphrase(folder: Path, table: Mapping[str, Any]) -> PassphraseSource:
    ((kind, value),) = table.items()
    match SourceKind(kind):
        case SourceKind.FILE:
            return PassphraseSource(SourceKind.FILE, str(folder / value))
        case SourceKind.PROMPT:
            return PassphraseSource(SourceKind.PROMPT, "Passphrase of the node's keys")
        case other:
            return PassphraseSource(other, str(value))


def _plain(value: object) -> Any:
    """Turn what TOML has and JSON has not (dates, infinity) into null, which no setting allows."""
    if isinstance(value, dict):
        return {key: _plain(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    is_json = isinstance(value, bool | str | int) or (
        isinstance(value, float) and math.isfinite(value)
    )
    return value if is_json else None
