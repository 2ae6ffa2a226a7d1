"""Both indexes keep the one contract: subclass `IndexContract` and supply the `index` fixture."""

from __future__ import annotations

import random

import pytest

from clearline.conflicts import index as index_module
from clearline.conflicts.index import COORDINATE_MAX, Box, Index, clamped, default_index
from clearline.conflicts.index_blocks import BlockIndex
from clearline.conflicts.index_rtree import RTreeIndex

Keyed = list[tuple[int, Box]]


def random_box(rng: random.Random, *, span: int = 1000, size: int = 200) -> Box:
    ends: list[int] = []
    for _ in range(5):
        low = rng.randint(-span, span)
        ends += [low, low + rng.randint(0, size)]
    return tuple(ends)  # type: ignore[return-value]


def meet(a: Box, b: Box) -> bool:
    return all(a[2 * d] <= b[2 * d + 1] and b[2 * d] <= a[2 * d + 1] for d in range(5))


def expected(held: Keyed, asked: list[Box]) -> list[tuple[int, int]]:
    return sorted((n, key) for n, box in enumerate(asked) for key, other in held if meet(box, other))


class IndexContract:
    """What the engine may rely on, whatever keeps the boxes."""

    def test_an_empty_index_offers_nothing(self, index: Index) -> None:
        """Nothing is near where nothing is held."""
        assert index.near([(0,) * 10]) == []
        assert len(index) == 0

    def test_asking_for_nothing_answers_nothing(self, index: Index) -> None:
        """No boxes asked, no pairs."""
        index.add([(1, (0,) * 10)])
        assert index.near([]) == []

    @pytest.mark.parametrize("count", [1, 63, 64, 65, 700, 5000])
    def test_offers_exactly_what_meets(self, index: Index, count: int) -> None:
        """On whole numbers the index is exact: no pair is lost and none is added."""
        rng = random.Random(count)
        held = [(key * 7, random_box(rng)) for key in range(count)]
        index.add(held)
        asked = [random_box(rng) for _ in range(20)]
        assert sorted(index.near(asked)) == expected(held, asked)
        assert len(index) == count

    @pytest.mark.parametrize("dimension", range(5))
    def test_touching_counts_and_one_unit_apart_does_not(self, index: Index, dimension: int) -> None:
        """Boxes are closed in every dimension."""
        index.add([(1, (0, 10) * 5)])
        touching, apart = [0, 10] * 5, [0, 10] * 5
        touching[2 * dimension : 2 * dimension + 2] = [10, 20]
        apart[2 * dimension : 2 * dimension + 2] = [11, 20]
        assert index.near([tuple(touching), tuple(apart)]) == [(0, 1)]  # type: ignore[list-item]

    def test_the_ends_of_what_fits_are_kept(self, index: Index) -> None:
        """The greatest coordinates neither wrap nor vanish."""
        top = (COORDINATE_MAX, COORDINATE_MAX) * 5
        bottom = (-COORDINATE_MAX, -COORDINATE_MAX) * 5
        everything = (-COORDINATE_MAX, COORDINATE_MAX) * 5
        index.add([(1, top), (2, bottom), (3, everything)])
        assert sorted(index.near([top, bottom])) == [(0, 1), (0, 3), (1, 2), (1, 3)]

    def test_what_was_removed_is_offered_no_more(self, index: Index) -> None:
        """Adding and removing in any order leaves what a plain list would."""
        rng = random.Random(5)
        held: dict[int, Box] = {}
        next_key = 0
        for _ in range(60):
            if rng.random() < 0.6:
                new = [(next_key + i, random_box(rng)) for i in range(rng.choice([1, 12, 300]))]
                next_key += len(new)
                index.add(new)
                held.update(new)
            else:
                gone = rng.sample(sorted(held), min(len(held), rng.choice([1, 40, 400])))
                index.remove(gone)
                for key in gone:
                    del held[key]
            asked = [random_box(rng) for _ in range(3)]
            assert sorted(index.near(asked)) == expected(list(held.items()), asked)
            assert len(index) == len(held)

    def test_a_removed_key_can_be_used_again(self, index: Index) -> None:
        """The box of the second use is the one that counts, also among many."""
        index.add([(key, (key, key) * 5) for key in range(2000)])
        index.remove([7])
        index.add([(7, (-5, -5) * 5)])
        assert index.near([(7, 7) * 5, (-5, -5) * 5]) == [(1, 7)]

    def test_a_key_that_is_held_is_refused_and_nothing_is_added(self, index: Index) -> None:
        """All of a call or none of it."""
        index.add([(1, (0, 0) * 5)])
        with pytest.raises(ValueError, match="held already"):
            index.add([(2, (5, 5) * 5), (1, (9, 9) * 5)])
        assert index.near([(0, 9) * 5]) == [(0, 1)]
        assert len(index) == 1

    def test_removing_what_is_not_held_changes_nothing(self, index: Index) -> None:
        """Unknown keys are passed over."""
        index.add([(1, (0, 0) * 5)])
        index.remove([99])
        assert len(index) == 1


class TestRTreeIndex(IndexContract):
    @pytest.fixture
    def index(self) -> Index:
        return RTreeIndex()


class TestBlockIndex(IndexContract):
    @pytest.fixture
    def index(self) -> Index:
        return BlockIndex()


def test_clamping_keeps_order_and_takes_infinities() -> None:
    """A clamped figure stays within 32 bits, and larger stays no smaller."""
    values = [float("-inf"), -1e30, -(2.0**31), -5.5, 0.0, 7.0, 2.0**31, 1e30, float("inf")]
    got = [clamped(value) for value in values]
    assert got == sorted(got)
    assert got[0] == -COORDINATE_MAX
    assert got[-1] == COORDINATE_MAX


def test_the_fallback_is_taken_where_sqlite_has_no_rtree(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the module the engine still works, on numpy."""
    from clearline.conflicts import index_rtree

    assert isinstance(default_index(), RTreeIndex)
    monkeypatch.setattr(index_rtree, "rtree_is_there", lambda: False)
    assert isinstance(index_module.default_index(), BlockIndex)
