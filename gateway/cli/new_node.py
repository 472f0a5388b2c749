"""A new node: its folder with configuration, keys, card and database, whole or not at all."""

import secrets
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.cli import memoranda
from gateway.errors import ConflictError, InvalidError, Problem

if TYPE_CHECKING:
    from gateway.envelope import Organisation
    from gateway.keyring import Created

_FOLDER_MODE: Final = 0o700


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What an operator decides before a node exists.

    Args:
        organisations: Ids in the registry of parties: the bodies this node speaks for.
        passphrase_file: As it shall stand in the configuration; None for a prompt at each start.
        files: Files to put into the folder besides, by name; mode 0600.
    """

    node: str
    environment: str
    names: Mapping[str, str]
    organisations: tuple[str, ...]
    address: str
    listen: str
    admin: str
    passphrase_file: str | None
    passphrase: bytes = field(repr=False)
    identity_passphrase: bytes = field(repr=False)
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)


def make(folder: Path, plan: Plan) -> "Created":
    """Make the node in `folder`, which must not exist yet or be empty.

    Raises:
        ConflictError: Something stands there already; nothing has changed.
        InvalidError: The plan makes no valid configuration or card; nothing is left behind.
    """
    if folder.is_symlink() or (folder.exists() and not _is_empty(folder)):
        raise ConflictError(
            f"{folder} is there already; nothing was changed",
            hint="choose another --folder, or move that one away",
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    staging = folder.with_name(f".{folder.name}.{secrets.token_hex(8)}.tmp")
    staging.mkdir(mode=_FOLDER_MODE)
    try:
        created = _fill(staging, plan)
        # Onto an empty directory a rename works, onto any other it fails.
        staging.rename(folder)
    except BaseException:
        shutil.rmtree(staging)
        raise
    return created


def _fill(folder: Path, plan: Plan) -> "Created":
    from gateway import config, keyring, node, private_files, resources
    from gateway.envelope import Environment

    text = config.with_values(
        resources.example_config(),
        {
            "node.name": plan.node,
            "node.environment": plan.environment,
            "peer_port.listen": plan.listen,
            "admin.listen": plan.admin,
            "node.profiles": memoranda.names_for(plan.node),
        },
    )
    if plan.passphrase_file is not None:
        text = config.with_values(
            text, {"passphrase.prompt": None, "passphrase.file": plan.passphrase_file}
        )
    for name, content in {"config.toml": text.encode(), **plan.files}.items():
        private_files.write_new(folder / name, content)
    (folder / "data").mkdir(mode=_FOLDER_MODE)
    # Without the environment: what is made here lies in this folder, whatever stands in for paths.
    settings = config.load(folder / "config.toml", {})
    created = keyring.create(
        settings.paths.keys,
        keyring.NewNode(
            node=plan.node,
            environment=Environment(plan.environment),
            names=plan.names,
            organisations=tuple(
                _organisation(party, settings.node.profiles) for party in plan.organisations
            ),
            addresses=(plan.address,),
        ),
        keyring.Passphrases(identity=plan.identity_passphrase, node=plan.passphrase),
        now=time.time(),
    )
    node.initialise(settings, plan.passphrase)
    return created


def _organisation(party: str, profiles: Sequence[str]) -> "Organisation":
    from gateway import resources
    from gateway.catalogue.catalogue import Catalogue
    from gateway.envelope import Organisation

    known = Catalogue.from_files(resources.schema_files()).parties.all()
    for each in known:
        if each.id == party:
            is_signatory = not each.signatory_of.isdisjoint(profiles)
            return Organisation(id=each.id, names=dict(each.names), is_signatory=is_signatory)
    raise InvalidError(
        "the registry of parties has no such organisation",
        problems=(Problem("--organisation", f"not one of {', '.join(p.id for p in known)}"),),
    )


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())
