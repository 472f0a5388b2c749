"""The catalogue as it is shipped."""

import pytest

from gateway.catalogue import Bodies, Catalogue, Profile
from gateway.resources import schema_files


@pytest.fixture(scope="session")
def files() -> dict[str, bytes]:
    """Every file under schemas/, by its path there."""
    return schema_files()


@pytest.fixture(scope="session")
def catalogue(files: dict[str, bytes]) -> Catalogue:
    """The whole catalogue."""
    return Catalogue.from_files(files)


@pytest.fixture(scope="session")
def bodies(catalogue: Catalogue) -> Bodies:
    """The schemas of all types."""
    return catalogue.bodies


@pytest.fixture(scope="session")
def profile(catalogue: Catalogue) -> Profile:
    """The memorandum of 2019."""
    return catalogue.profile("moc-ssw/kh-jp/2019")
