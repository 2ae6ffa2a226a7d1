"""The text of an offline proof."""

from dataclasses import replace

import pytest

from clearline.errors import Malformed, Refused, TooLarge
from clearline.signing.keys import Signer
from clearline.tlog.checkpoint import Checkpoint, sign_checkpoint
from clearline.tlog.logproof import LogProof, encode_log_proof, parse_log_proof, verify_log_proof
from clearline.tlog.proof import BrokenProof
from clearline.tlog.tree import Tree, leaf_hash

LOG = Signer("tr.example/main", b"\x01" * 32)
LEAVES = [leaf_hash(bytes((i,))) for i in range(20)]
TREE = Tree(LEAVES)
SIGNED = sign_checkpoint(Checkpoint(LOG.public.name, 20, TREE.root()), LOG)
PROOF = LogProof(7, TREE.inclusion_proof(7, 20), SIGNED.raw())


def test_a_proof_travels_as_text() -> None:
    raw = encode_log_proof(PROOF)
    lines = raw.decode().split("\n")
    assert lines[:2] == ["c2sp.org/tlog-proof@v1", "index 7"]
    assert raw.endswith(b"\n\n" + SIGNED.raw())
    proof = parse_log_proof(raw, where="proof")
    assert proof == PROOF
    assert verify_log_proof(proof, LEAVES[7], log_key=LOG.public, known={}, where="proof") == SIGNED


def test_extra_data_is_carried() -> None:
    """The head of the example in C2SP tlog-proof, with its hashes."""
    proof = replace(PROOF, extra=b"age-v1.2.1", index=0, path=())
    raw = encode_log_proof(proof)
    assert raw.startswith(b"c2sp.org/tlog-proof@v1\nextra YWdlLXYxLjIuMQ==\nindex 0\n\n")
    assert parse_log_proof(raw, where="proof") == proof


def test_a_proof_for_another_leaf_or_place_is_broken() -> None:
    for proof, leaf in ((PROOF, LEAVES[6]), (replace(PROOF, index=6), LEAVES[7])):
        with pytest.raises(BrokenProof):
            verify_log_proof(proof, leaf, log_key=LOG.public, known={}, where="proof")


HASH = "gSKyXoYZUgZ6jduWYrkDOARinOMGJveXjgMkBTcdPlQ="
BROKEN = [
    "",
    "c2sp.org/tlog-proof@v1\nindex 1\n",
    "c2sp.org/tlog-proof@v2\nindex 1\n\n",
    "c2sp.org/tlog-proof@v1\n\n",
    "c2sp.org/tlog-proof@v1\nindex 01\n\n",
    f"c2sp.org/tlog-proof@v1\nindex {2**53}\n\n",
    "c2sp.org/tlog-proof@v1\nextra \nindex 1\n\n",
    "c2sp.org/tlog-proof@v1\nextra AR==\nindex 1\n\n",
    f"c2sp.org/tlog-proof@v1\nindex 1\n{HASH[:-4]}\n\n",
    f"c2sp.org/tlog-proof@v1\nindex 1\n{HASH}\né\n\n",
]


@pytest.mark.parametrize("text", BROKEN)
def test_broken_proof_texts_are_refused(text: str) -> None:
    with pytest.raises(Malformed):
        parse_log_proof(text.encode(), where="proof")


def test_proof_texts_are_bounded() -> None:
    raw = encode_log_proof(PROOF)
    with pytest.raises(TooLarge):
        parse_log_proof(raw, where="proof", max_bytes=len(raw) - 1)
    head = "c2sp.org/tlog-proof@v1\nindex 1\n"
    assert parse_log_proof((head + f"{HASH}\n" * 63 + "\n").encode(), where="proof")
    with pytest.raises(TooLarge):
        parse_log_proof((head + f"{HASH}\n" * 64 + "\n").encode(), where="proof")
    with pytest.raises(Refused):
        LogProof(0, (b"short",), b"")
    with pytest.raises(Refused):
        LogProof(-1, (), b"")
