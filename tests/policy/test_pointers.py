"""One reading of pointers: through objects alone, with the escapes of RFC 6901."""

import pytest

from gateway.policy.pointers import fault_of, list_above, value_at

BODY = {"a/b": {"m~n": 1}, "list": [{"x": 1}], "": {"y": 2}}


@pytest.mark.parametrize(
    ("pointer", "value"),
    [("", BODY), ("/a~1b/m~0n", 1), ("//y", 2), ("/list/0", None), ("/list", [{"x": 1}])],
)
def test_a_pointer_leads_through_objects_alone(pointer, value):
    assert value_at(pointer, BODY) == value


def test_a_pointer_into_a_list_is_told_to_name_the_list():
    assert list_above("/list/0/x", BODY) == "/list"
    assert list_above("/list", BODY) is None
    assert "name /list" in str(fault_of("/list/0/x", BODY))
    assert fault_of("/none", BODY) == "/none names nothing in the message"
    assert fault_of("/list", BODY) is None
