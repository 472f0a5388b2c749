"""The registry of parties as it is shipped."""

import pytest

from gateway.catalogue import Catalogue, Parties
from gateway.resources import schema_files


@pytest.fixture(scope="session")
def parties() -> Parties:
    """Every organisation that a memorandum names."""
    return Catalogue.from_files(schema_files()).parties
