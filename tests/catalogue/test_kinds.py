"""Kinds: the order of levels is strictness, never spelling."""

from itertools import pairwise, permutations

from gateway.catalogue import Level


def test_levels_are_ordered_by_strictness():
    assert Level.PUBLIC < Level.CONFIDENTIAL < Level.RESTRICTED
    for lower, higher in pairwise(Level):
        assert lower < higher
        assert lower <= higher
        assert higher > lower
        assert higher >= lower
        assert not higher <= lower


def test_the_strictest_of_several_is_found_in_any_order():
    for levels in permutations(Level):
        assert max(levels) is Level.RESTRICTED
        assert min(levels) is Level.PUBLIC
        assert sorted(levels) == list(Level)


def test_a_level_read_as_text_compares_the_same():
    assert Level.CONFIDENTIAL > "public"
    assert Level.CONFIDENTIAL == "confidential"
