"""What every test may use."""

import os
import tempfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# Where no bytecode is to be written, each of a thousand starts of the program compiles it anew.
# Bytecode goes elsewhere then; the workers of a run inherit the place from the process above them.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
    _BYTECODE = tempfile.TemporaryDirectory(prefix="gateway-bytecode-")
    os.environ["PYTHONPYCACHEPREFIX"] = _BYTECODE.name


@pytest.fixture(scope="session")
def root() -> Path:
    """The folder of the checkout."""
    return ROOT
