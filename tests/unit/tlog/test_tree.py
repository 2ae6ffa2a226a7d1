"""The Merkle tree: published roots, and what it refuses."""

import pytest

from clearline.errors import Malformed, NotFound
from clearline.tlog.proof import BrokenProof, verify_consistency, verify_inclusion
from clearline.tlog.tree import EMPTY_FRONTIER, EMPTY_ROOT, Frontier, Tree, leaf_hash, node_hash, split_of

# The reference tree of Certificate Transparency (google/certificate-transparency, merkletree tests).
ENTRIES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
LEAVES = [leaf_hash(entry) for entry in ENTRIES]


def test_published_roots() -> None:
    tree = Tree(LEAVES)
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert tree.root_at(0) == EMPTY_ROOT == EMPTY_FRONTIER.root()
    assert [tree.root_at(n).hex() for n in range(1, 9)] == ROOTS


def test_published_proofs() -> None:
    """Source: RFC 6962's reference tests, inclusion of leaf 5 in 8 and consistency of 6 with 8."""
    tree = Tree(LEAVES)
    assert [h.hex() for h in tree.inclusion_proof(5, 8)] == [
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]
    assert [h.hex() for h in tree.consistency_proof(6, 8)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


def test_the_example_of_rfc_9162() -> None:
    """RFC 9162 §2.1.5: which nodes the proofs for seven leaves hold."""
    a, b, c, d, e, f, j = LEAVES[:7]
    g, h, i = node_hash(a, b), node_hash(c, d), node_hash(e, f)
    k, left = node_hash(i, j), node_hash(g, h)
    tree = Tree(LEAVES[:7])
    assert tree.inclusion_proof(0, 7) == (b, h, k)
    assert tree.inclusion_proof(3, 7) == (c, g, k)
    assert tree.inclusion_proof(4, 7) == (f, j, left)
    assert tree.inclusion_proof(6, 7) == (i, left)
    assert tree.consistency_proof(3, 7) == (c, d, g, k)
    assert tree.consistency_proof(4, 7) == (k,)
    assert tree.consistency_proof(6, 7) == (i, j, left)


def test_every_proof_of_every_small_tree_holds() -> None:
    tree = Tree(leaf_hash(bytes((i,))) for i in range(40))
    for n in range(1, 41):
        for i in range(n):
            leaf, proof = tree.hashes(0, i, i + 1), tree.inclusion_proof(i, n)
            verify_inclusion(leaf_hash=leaf, index=i, size=n, root=tree.root_at(n), proof=proof)
        for m in range(1, n + 1):
            verify_consistency(
                first=m,
                second=n,
                first_root=tree.root_at(m),
                second_root=tree.root_at(n),
                proof=tree.consistency_proof(m, n),
            )


def test_nothing_is_the_beginning_of_everything() -> None:
    """The witness takes an empty proof from size 0; the verifier, for which it would prove nothing, refuses."""
    tree = Tree(LEAVES)
    assert tree.consistency_proof(0, 8) == tree.consistency_proof(0, 0) == ()
    with pytest.raises(BrokenProof):
        verify_consistency(first=0, second=8, first_root=EMPTY_ROOT, second_root=tree.root(), proof=())


def test_a_broken_leaf_hash_leaves_no_trace() -> None:
    """All or none: the good ones before a bad one are not appended either."""
    tree = Tree(LEAVES[:3])
    root = tree.root()
    with pytest.raises(Malformed):
        tree.extend([LEAVES[3], b"short"])
    with pytest.raises(Malformed):
        tree.append(b"")
    with pytest.raises(Malformed):
        tree.fork_root([b"short"])
    assert (tree.size, tree.root()) == (3, root)


def test_fork_root_changes_nothing() -> None:
    tree = Tree(LEAVES[:3])
    assert tree.fork_root(LEAVES[3:]).hex() == ROOTS[7]
    assert tree.fork_root([]) == tree.root()
    assert (tree.size, tree.root().hex()) == (3, ROOTS[2])
    assert tree.append(LEAVES[3]) == 3


def test_what_lies_outside_is_not_found() -> None:
    tree = Tree(LEAVES)
    with pytest.raises(NotFound):
        tree.root_at(9)
    with pytest.raises(NotFound):
        tree.root_at(-1)
    for index, size in ((8, 8), (-1, 8), (0, 9), (0, 0)):
        with pytest.raises(NotFound):
            tree.inclusion_proof(index, size)
    for first, second in ((-1, 8), (8, 7), (1, 9)):
        with pytest.raises(NotFound):
            tree.consistency_proof(first, second)
    for level, start, end in ((0, 0, 9), (0, 3, 2), (0, -1, 2), (3, 0, 2), (9, 0, 1), (-1, 0, 1)):
        with pytest.raises(NotFound):
            tree.hashes(level, start, end)
    assert tree.hashes(9, 0, 0) == b""


def test_a_frontier_has_as_many_roots_as_its_size_has_ones() -> None:
    assert Tree(LEAVES[:7]).frontier().size == 7
    for size, peaks in ((1, ()), (2, (LEAVES[0], LEAVES[1])), (1, (b"x",)), (-1, ()), (2**53, (LEAVES[0],))):
        with pytest.raises(Malformed):
            Frontier(size, peaks)


@pytest.mark.parametrize(("size", "split"), [(2, 1), (3, 2), (4, 2), (5, 4), (8, 4), (9, 8)])
def test_split(size: int, split: int) -> None:
    """The largest power of two that is smaller than the size."""
    assert split_of(size) == split
