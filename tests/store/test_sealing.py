"""What stands in the store for a number: it tells nothing without the store key."""

import hashlib
import os

import pytest

from gateway.store.sealing import CorruptError, Sealer

ONE = Sealer(bytes(32), os.urandom)
OTHER = Sealer(bytes([1]) * 32, os.urandom)


def test_a_number_is_always_looked_up_under_the_same_value():
    assert ONE.lookup("19登-000002") == Sealer(bytes(32), os.urandom).lookup("19登-000002")
    assert ONE.lookup("19登-000002") != ONE.lookup("19登-000003")


def test_another_store_key_looks_elsewhere():
    assert ONE.lookup("TEST-045") != OTHER.lookup("TEST-045")
    assert ONE.lookup("TEST-045") != hashlib.sha256(b"TEST-045").digest()


@pytest.mark.parametrize("place", ["other/1/private", "table/2/private"])
def test_a_sealed_value_opens_in_its_place_alone(place):
    key, wrapped = ONE.new_key("table/1/private")
    sealed = ONE.seal(key, b"secret", "table/1/private")
    assert ONE.open(wrapped, sealed, "table/1/private") == b"secret"
    with pytest.raises(CorruptError):
        ONE.open(wrapped, sealed, place)
