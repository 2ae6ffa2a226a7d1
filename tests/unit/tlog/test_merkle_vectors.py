"""The Merkle proofs of transparency-dev/merkle: 196 that must hold or must be refused."""

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from clearline.tlog.proof import BrokenProof, verify_consistency, verify_inclusion

VECTORS = Path(__file__).resolve().parents[3].parent / "shared" / "vectors" / "merkle"
needs_vectors = pytest.mark.skipif(
    not VECTORS.is_dir(), reason="the vectors of transparency-dev/merkle lie beside the repository, not in it"
)
KINDS = ("inclusion", "consistency")
FILES = sorted(path for kind in KINDS for path in (VECTORS / kind).rglob("*.json"))


def _hashes(texts: list[str] | None) -> list[bytes]:
    return [b64decode(text) for text in texts or []]


def _verify(kind: str, vector: dict[str, Any]) -> None:
    proof = _hashes(vector["proof"])
    if kind == "inclusion":
        verify_inclusion(
            leaf_hash=b64decode(vector["leafHash"]),
            index=vector["leafIdx"],
            size=vector["treeSize"],
            root=b64decode(vector["root"]),
            proof=proof,
        )
    else:
        verify_consistency(
            first=vector["size1"],
            second=vector["size2"],
            first_root=b64decode(vector["root1"]),
            second_root=b64decode(vector["root2"]),
            proof=proof,
        )


@needs_vectors
def test_all_vectors_are_there() -> None:
    """None is lost on the way: 98 of each kind, 196 in all."""
    assert len(FILES) == 196
    assert [sum(f.is_relative_to(VECTORS / kind) for f in FILES) for kind in KINDS] == [98, 98]


@needs_vectors
def test_vectors_hold_both_outcomes() -> None:
    """A verifier that always says yes, or always no, cannot pass them."""
    outcomes = [json.loads(f.read_bytes())["wantErr"] for f in FILES]
    assert 0 < sum(outcomes) < len(outcomes)


@needs_vectors
@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(VECTORS)))
def test_vector(file: Path) -> None:
    """The proof holds exactly where its authors say so."""
    kind = file.relative_to(VECTORS).parts[0]
    vector = json.loads(file.read_bytes())
    if vector["wantErr"]:
        with pytest.raises(BrokenProof):
            _verify(kind, vector)
    else:
        _verify(kind, vector)
