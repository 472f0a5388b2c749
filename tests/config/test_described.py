"""The schema describes each setting so that editors and pages can: what it is, and its default."""

import tomllib

import pytest

from gateway import resources
from gateway.catalogue import TYPES
from gateway.config.described import schema, settings

EXAMPLE = tomllib.loads(resources.example_config())
SETTINGS = settings()
# What has no default of its own: it must be given, or is left out unless it is given.
NO_DEFAULT = {
    "node.name",
    "node.environment",
    "control.group",
    "passphrase.file",
    "passphrase.descriptor",
    "passphrase.credential",
    "notify.command",
    "folder.path",
    "paths.calendars",
    "publication.folder",
    "publication.address",
}


@pytest.mark.parametrize("at", SETTINGS, ids=".".join)
def test_a_setting_is_described(at):
    each = SETTINGS[at]
    assert each.title[0].isupper()
    assert not each.title.endswith(".")
    assert each.allowed
    assert (each.default is None) == (each.name in NO_DEFAULT)


@pytest.mark.parametrize("at", SETTINGS, ids=".".join)
def test_the_default_of_the_schema_is_the_one_of_the_example(at):
    each = SETTINGS[at]
    if each.default is not None:
        assert EXAMPLE[each.table][each.key] == each.default


def test_every_table_has_a_title():
    assert all(table["title"] for table in schema()["properties"].values())


def test_the_example_of_the_checkout_leads_editors_to_the_schema(root):
    first, _, rest = (root / "config.toml").read_text("utf-8").partition("\n")
    directive, _, path = first.partition(" ")
    assert directive == "#:schema"
    assert (root / path).is_file()
    # Beside a node there is no such file, so a node's own configuration begins after it.
    assert resources.example_config() == rest


def test_the_types_that_may_be_published_at_once_are_those_that_are_made_public():
    setting = schema()["properties"]["publication"]["properties"]["automatic"]
    named = setting["items"]["enum"]
    public = {row.name for row in TYPES.values() if row.publish and row.opens is not None}
    assert set(named) == public
    assert len(named) == setting["maxItems"]
