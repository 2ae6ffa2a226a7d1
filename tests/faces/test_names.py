"""How a notice is named where it is drawn: short where nothing is lost by it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clearline.faces.words import named

members = st.sampled_from(["TR", "IL", "TRX", "T2", "ILTR"])
references = st.one_of(
    st.text("TRIL2X- ", min_size=1, max_size=6),
    st.builds("{}{}{}".format, members, st.sampled_from("- X"), st.text("TR-1 ", max_size=4)),
)
notices = st.tuples(members, references)


def test_a_reference_that_names_its_party_stands_alone() -> None:
    """`TR-G-002` of TR says whose it is; of anybody else, or without the hyphen, the party stands before it."""
    assert named("TR", "TR-G-002") == "TR-G-002"
    assert named("TR", "G-002") == "TR G-002"
    assert named("TR", "TRG-002") == "TR TRG-002"
    assert named("IL", "TR-G-002") == "IL TR-G-002"


@given(notices, notices)
def test_no_two_notices_are_named_alike(one: tuple[str, str], other: tuple[str, str]) -> None:
    """Whatever they are called, two notices that differ by party or reference have two names."""
    assert (named(*one) == named(*other)) is (one == other)
