"""Checkpoints: their three lines, who signs them, and what two of them prove."""

from base64 import b64decode

import pytest

from clearline.errors import Alarm, Conflicting, Malformed, Refused, TooLarge
from clearline.signing.keys import Algorithm, Signer
from clearline.signing.note import BadSignature, Note, NotSigned, Strangers, known_keys, sign_text
from clearline.tlog.checkpoint import (
    Checkpoint,
    SignedCheckpoint,
    SplitView,
    check_extends,
    cosign,
    parse_checkpoint_text,
    parse_cosignatures,
    parse_signed_checkpoint,
    sign_checkpoint,
    with_cosignatures,
)
from clearline.tlog.proof import BrokenProof
from clearline.tlog.tree import EMPTY_ROOT, Tree, leaf_hash

LOG = Signer("tr.example/main", b"\x01" * 32)
MIRROR = Signer("il.example/mirror", b"\x02" * 32, Algorithm.COSIGNATURE_V1)
DELIVERY = Signer("il.example/delivery", b"\x03" * 32, Algorithm.COSIGNATURE_V1)
KNOWN = known_keys([MIRROR.public, DELIVERY.public])
TREE = Tree(leaf_hash(bytes((i,))) for i in range(20))


def _at(size: int, tree: Tree = TREE) -> SignedCheckpoint:
    return sign_checkpoint(Checkpoint(LOG.public.name, size, tree.root_at(size)), LOG)


def _parse(raw: bytes) -> SignedCheckpoint:
    return parse_signed_checkpoint(raw, log_key=LOG.public, known=KNOWN, where="checkpoint")


def test_the_example_of_the_specification() -> None:
    """Source: C2SP tlog-checkpoint."""
    text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    root = b64decode("CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=")
    checkpoint = parse_checkpoint_text(text, where="checkpoint")
    assert checkpoint == Checkpoint("example.com/behind-the-sofa", 20_852_163, root)
    assert checkpoint.text() == text


ROOT = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
BROKEN = [
    "",
    "\n",
    f"a\n1\n{ROOT}",
    f"a\n1\n{ROOT}\nextension\n",
    f"a\n1\n{ROOT}\n\n",
    f"\n1\n{ROOT}\n",
    f"a b\n1\n{ROOT}\n",
    f"a\n01\n{ROOT}\n",
    f"a\n+1\n{ROOT}\n",
    f"a\n-1\n{ROOT}\n",
    f"a\n1 \n{ROOT}\n",
    f"a\n١\n{ROOT}\n",
    f"a\n{2**53}\n{ROOT}\n",
    f"a\n{10**40}\n{ROOT}\n",
    f"a\n\n{ROOT}\n",
    f"a\n0\n{ROOT}\n",
    "a\n1\nCsUYapGGPo4=\n",
    f"a\n1\n{ROOT[:-2]}J=\n",
    f"a\r\n1\r\n{ROOT}\r\n",
]


@pytest.mark.parametrize("text", BROKEN)
def test_broken_texts_are_refused(text: str) -> None:
    with pytest.raises(Malformed):
        parse_checkpoint_text(text, where="checkpoint")


def test_sizes_at_the_edges() -> None:
    for size, root in ((0, EMPTY_ROOT), (2**53 - 1, bytes(32))):
        checkpoint = Checkpoint("a", size, root)
        assert parse_checkpoint_text(checkpoint.text(), where="x") == checkpoint


def test_a_signed_checkpoint_reads_back() -> None:
    signed = _at(8)
    assert _parse(signed.raw()) == signed


def test_cosignatures_are_added_read_and_verified() -> None:
    signed = _at(8)
    mirror, delivery = (cosign(signed.checkpoint, s, time_s=100) for s in (MIRROR, DELIVERY))
    both = with_cosignatures(signed, [mirror, delivery])
    assert both.cosignatures == (delivery, mirror)
    assert _parse(both.raw()) == both
    answer = (mirror.line + delivery.line).encode()
    assert parse_cosignatures(answer, signed.checkpoint, KNOWN, where="answer") == (mirror, delivery)


def test_a_newer_cosignature_replaces_the_older_one() -> None:
    """A heartbeat on an unchanged checkpoint does not make its note grow."""
    signed = _at(8)
    old, new = (cosign(signed.checkpoint, MIRROR, time_s=t) for t in (100, 160))
    once = with_cosignatures(signed, [old])
    assert with_cosignatures(once, [new]).cosignatures == (new,)
    assert with_cosignatures(signed, [new, old]).cosignatures == (new,)
    assert with_cosignatures(once, []) == once
    assert len(with_cosignatures(once, [new]).note.signatures) == 2


def test_lines_of_unknown_keys_are_kept_and_count_for_nothing() -> None:
    stranger = Signer("other.example/mirror", b"\x09" * 32, Algorithm.COSIGNATURE_V1)
    signed = _at(8)
    raw = with_cosignatures(signed, [cosign(signed.checkpoint, stranger, time_s=1)]).raw()
    read = _parse(raw)
    assert read.cosignatures == ()
    assert read.raw() == raw
    line = cosign(signed.checkpoint, stranger, time_s=1).line.encode()
    with pytest.raises(NotSigned):
        parse_cosignatures(line, signed.checkpoint, KNOWN, where="answer")


def test_a_cosignature_fits_its_checkpoint_alone() -> None:
    line = cosign(_at(8).checkpoint, MIRROR, time_s=1).line.encode()
    with pytest.raises(BadSignature):
        parse_cosignatures(line, _at(9).checkpoint, KNOWN, where="answer")


def test_a_log_signature_is_no_cosignature() -> None:
    """A log that puts its own line into an answer has not cosigned."""
    signed = _at(8)
    line = signed.note.signatures[0].line().encode()
    with pytest.raises(NotSigned):
        parse_cosignatures(line, signed.checkpoint, known_keys([LOG.public]), where="answer")


def test_answers_are_bounded_and_strict() -> None:
    checkpoint = _at(8).checkpoint
    line = cosign(checkpoint, MIRROR, time_s=1).line.encode()
    with pytest.raises(TooLarge):
        parse_cosignatures(line, checkpoint, KNOWN, where="answer", max_bytes=len(line) - 1)
    for raw in (b"", b"\n", line[:-1], line + b"\n", b"\xff" + line):
        with pytest.raises(Malformed):
            parse_cosignatures(raw, checkpoint, KNOWN, where="answer")


def test_cosigners_alone_do_not_make_a_checkpoint() -> None:
    signed = _at(8)
    both = with_cosignatures(signed, [cosign(signed.checkpoint, MIRROR, time_s=1)])
    alone = SignedCheckpoint(signed.checkpoint, Note(both.note.text, both.note.signatures[1:]), ())
    with pytest.raises(NotSigned):
        _parse(alone.raw())


def test_another_logs_checkpoint_is_refused() -> None:
    other = Signer("az.example/main", b"\x05" * 32)
    signed = sign_checkpoint(Checkpoint("az.example/main", 8, TREE.root_at(8)), other)
    with pytest.raises(Malformed, match=r"tr\.example/main"):
        _parse(signed.raw())
    with pytest.raises(Malformed):
        sign_checkpoint(signed.checkpoint, LOG)
    with pytest.raises(Malformed):
        cosign(signed.checkpoint, other, time_s=1)


def test_a_signature_over_other_text_is_refused() -> None:
    checkpoint = _at(8).checkpoint
    forged = Note(checkpoint.text(), (sign_text(_at(9).checkpoint.text(), LOG),))
    with pytest.raises(BadSignature):
        _parse(SignedCheckpoint(checkpoint, forged, ()).raw())


def test_every_changed_bit_of_a_stored_checkpoint_is_found() -> None:
    """An audit refuses strangers: each bit belongs to the form, to the signed text or to a signature."""
    signed = _at(8)
    cosignature = cosign(signed.checkpoint, MIRROR, time_s=1)
    raw, line = with_cosignatures(signed, [cosignature]).raw(), cosignature.line.encode()
    for bit in range(8 * len(raw)):
        with pytest.raises(Refused):
            parse_signed_checkpoint(
                _flip(raw, bit), log_key=LOG.public, known=KNOWN, where="x", strangers=Strangers.REFUSED
            )
    for bit in range(8 * len(line)):
        with pytest.raises(Refused):
            parse_cosignatures(_flip(line, bit), signed.checkpoint, KNOWN, where="x", strangers=Strangers.REFUSED)


def _flip(raw: bytes, bit: int) -> bytes:
    return raw[: bit // 8] + bytes((raw[bit // 8] ^ 1 << bit % 8,)) + raw[bit // 8 + 1 :]


def test_a_longer_log_extends_a_shorter_one() -> None:
    for first in range(1, 21):
        for second in range(first, 21):
            check_extends(_at(first), _at(second), TREE.consistency_proof(first, second))


def test_an_empty_log_is_extended_without_proof() -> None:
    check_extends(_at(0), _at(8), ())
    check_extends(_at(0), _at(0), ())
    with pytest.raises(BrokenProof):
        check_extends(_at(0), _at(8), [bytes(32)])


def test_two_roots_at_one_size_are_kept_as_evidence() -> None:
    """Both signed checkpoints are in the alarm, so that anybody can verify the charge."""
    held, offered = _at(8), _at(8, Tree(leaf_hash(bytes((i, i))) for i in range(8)))
    with pytest.raises(SplitView) as alarm:
        check_extends(held, offered, ())
    assert isinstance(alarm.value, Alarm)
    assert (alarm.value.held, alarm.value.offered) == (held.checkpoint, offered.checkpoint)
    assert [_parse(raw) for raw in alarm.value.notes] == [held, offered]
    assert alarm.value.members["notes"] == [held.raw().decode(), offered.raw().decode()]


def test_a_rewritten_history_has_no_proof() -> None:
    other = Tree(leaf_hash(bytes((i, i))) for i in range(20))
    for proof in (TREE.consistency_proof(8, 12), other.consistency_proof(8, 12), ()):
        with pytest.raises(BrokenProof) as alarm:
            check_extends(_at(8), _at(12, other), proof)
        assert [_parse(raw).checkpoint.size for raw in alarm.value.notes] == [8, 12]


def test_an_older_checkpoint_is_no_evidence() -> None:
    with pytest.raises(Conflicting):
        check_extends(_at(12), _at(8), ())
    other = Signer("az.example/main", b"\x05" * 32)
    with pytest.raises(Conflicting):
        check_extends(_at(8), sign_checkpoint(Checkpoint("az.example/main", 8, TREE.root_at(8)), other), ())
