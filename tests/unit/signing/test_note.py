"""Signed notes: published examples, strict form, and who may sign."""

import subprocess
import sys
from base64 import b64decode

import pytest

from clearline.errors import Malformed, Refused, TooLarge
from clearline.signing.cosignature import TIME_MAX_S, cosigned_message, split_timed
from clearline.signing.keys import Algorithm, PublicKey, Signer, key_id_of, parse_private_text, parse_vkey
from clearline.signing.note import (
    SIGNATURES_MAX,
    BadSignature,
    Note,
    NoteSignature,
    NotSigned,
    Strangers,
    UnknownSigner,
    cosign_text,
    encode_note,
    known_keys,
    parse_note,
    sign_text,
    verify_note,
)
from clearline.signing.statement import check_statement_lines, sign_statement, verify_statement

# golang.org/x/mod/sumdb/note, note_test.go.
PETER = parse_vkey("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW", where="key")
PETER_PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
PETER_TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
PETER_LINE = (
    "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
)
PETER_NOTE = f"{PETER_TEXT}\n{PETER_LINE}".encode()

# The examples that stand in the C2SP texts signed-note and tlog-cosignature; their keys are not given there.
SPEC_NOTES = [
    "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n"
    "— quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xM"
    "cXxj99ihAQwaqP3ZekRwNtIc=\n",
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gG"
    "zGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "— witness.example.com/w1 jWbPPwAAAABkGFDLEZMHwSRaJNiIDoe9DYn/zXcrtPHeolMI5OWXEhZCB9dlrDJsX3b2oyin"
    "1nPZqhf5nNo0xUe+mbIUBkBIfZ+qnA==\n",
]

A = Signer("a.example/main", b"\x01" * 32)
B = Signer("b.example/main", b"\x02" * 32)
W = Signer("w.example/mirror", b"\x03" * 32, Algorithm.COSIGNATURE_V1)


def _verify(note: Note, *keys: PublicKey, strangers: Strangers = Strangers.IGNORED) -> tuple[NoteSignature, ...]:
    return verify_note(note, known_keys(keys), strangers=strangers, where="note")


def test_published_note_verifies_and_is_written_again_byte_for_byte() -> None:
    note = parse_note(PETER_NOTE, where="note")
    assert note.text == PETER_TEXT
    assert [s.signer for s in _verify(note, PETER)] == [PETER.ref()]
    signer = parse_private_text(PETER_PRIVATE, where="key")
    assert encode_note(sign_statement(PETER_TEXT, [signer])) == PETER_NOTE


@pytest.mark.parametrize("text", SPEC_NOTES)
def test_examples_of_the_specifications_are_read_and_written_back(text: str) -> None:
    note = parse_note(text.encode(), where="note")
    assert encode_note(note) == text.encode()


def test_text_may_hold_blank_lines() -> None:
    """The last blank line parts text and signatures, not the first."""
    assert parse_note(SPEC_NOTES[0].encode(), where="note").text.endswith("sole:\n\ned è subito sera.\n")


def test_time_of_the_published_cosignature() -> None:
    """The example of tlog-cosignature says 1679315147 beside its line."""
    signature = parse_note(SPEC_NOTES[1].encode(), where="note").signatures[1]
    assert split_timed(signature.signature, where="x")[0] == 1_679_315_147


def test_cosignature_of_a_working_witness_verifies() -> None:
    """A cosignature that another witness made in January 2025 for a log of Google's, with its public key."""
    raw = b64decode("MCowBQYDK2VwAyEApTPPKyRu6Q3PoMkeY+/sNni0biF4vnVTYRHbVNA31mY=")[-32:]
    key = PublicKey("witness", Algorithm.COSIGNATURE_V1, raw)
    text = (
        "developers.google.com/android/binary_transparency/google1p/0\n5\n"
        "xqaCEZhTGZUuKNA7MpSyxe1WXiiESB2p+crAyzM+Vxo=\n"
    )
    timed = b64decode(
        "r0xBJQAAAABnkyoLuHgN5KlIUUpZV9hulwsFcgqV5v1CyeIhBZWdkfOJT0ims1LqbYygO5MEl91CGha5sP79K57P7lIGrz7Qtx8eBw=="
    )[4:]
    note = Note(text, (NoteSignature("witness", key.key_id(), timed),))
    assert len(_verify(note, key)) == 1
    moved = timed[:7] + bytes((timed[7] ^ 1,)) + timed[8:]
    with pytest.raises(BadSignature):
        _verify(Note(text, (NoteSignature("witness", key.key_id(), moved),)), key)


BROKEN = {
    "empty": b"",
    "text alone": PETER_TEXT.encode(),
    "no signature": PETER_TEXT.encode() + b"\n",
    "no last newline": PETER_NOTE[:-1],
    "control character": b"\x01" + PETER_NOTE,
    "carriage return": PETER_NOTE.replace(b"\n", b"\r\n"),
    "not UTF-8": b"\xff" + PETER_NOTE,
    "surrogate": b"\xed\xa0\x80" + PETER_NOTE,
    "bad name": PETER_NOTE.replace(b" PeterNeumann", b" Bad Name"),
    "plus in a name": PETER_NOTE.replace(b" PeterNeumann", b" Bad+Name"),
    "line behind": PETER_NOTE + b"Unexpected line.\n",
    "blank line behind": PETER_NOTE + b"\n",
    "hyphen": PETER_NOTE.replace("—".encode(), b"-"),
    "two spaces": PETER_NOTE.replace(b"Neumann ", b"Neumann  "),
    "second spelling of base64": PETER_NOTE.replace(b"BwJnAM=", b"BwJnAN="),
    "four bytes": f"{PETER_TEXT}\n— x AAAAAA==\n".encode(),
    "line separator": PETER_NOTE[:-1] + "\u2028— x AAAAAAA=\n".encode(),
}


@pytest.mark.parametrize("raw", BROKEN.values(), ids=BROKEN)
def test_broken_notes_are_refused_with_their_place(raw: bytes) -> None:
    with pytest.raises(Malformed) as refused:
        parse_note(raw, where="entry 7")
    assert refused.value.where.startswith("entry 7")


def test_limits_have_sharp_edges() -> None:
    """At the limit it passes, one above it does not."""
    assert parse_note(PETER_NOTE, where="x", max_bytes=len(PETER_NOTE))
    with pytest.raises(TooLarge):
        parse_note(PETER_NOTE, where="x", max_bytes=len(PETER_NOTE) - 1)
    assert parse_note(f"{PETER_TEXT}\n{PETER_LINE * SIGNATURES_MAX}".encode(), where="x")
    with pytest.raises(TooLarge):
        parse_note(f"{PETER_TEXT}\n{PETER_LINE * (SIGNATURES_MAX + 1)}".encode(), where="x")


def test_a_known_key_that_does_not_verify_refuses_the_note() -> None:
    """Also where another line would do, and in either mode."""
    note = sign_statement("hello\n", [A, B])
    changed = Note("hallo\n", (sign_text("hallo\n", A), note.signatures[1]))
    for strangers in Strangers:
        with pytest.raises(BadSignature):
            _verify(changed, A.public, B.public, strangers=strangers)


def test_strangers_are_refused_in_statements_and_ignored_in_checkpoints() -> None:
    note = sign_statement("hello\n", [A, B])
    assert [s.name for s in _verify(note, A.public)] == [A.public.name]
    with pytest.raises(UnknownSigner, match=r"b\.example/main"):
        _verify(note, A.public, strangers=Strangers.REFUSED)
    assert len(_verify(note, A.public, B.public, strangers=Strangers.REFUSED)) == 2


def test_a_note_without_a_known_signature_is_refused() -> None:
    with pytest.raises(NotSigned):
        _verify(sign_statement("hello\n", [A]), B.public)


def test_a_cosigner_signs_no_statement() -> None:
    """A cosignature over a statement's text counts as a stranger's, even if its key is known."""
    note = Note("hello\n", (sign_text("hello\n", A), cosign_text("hello\n", W, time_s=5)))
    assert len(_verify(note, A.public, W.public)) == 2
    with pytest.raises(UnknownSigner):
        verify_statement(note, known_keys([A.public, W.public]), where="x")
    with pytest.raises(Malformed):
        sign_text("hello\n", W)
    with pytest.raises(Malformed):
        cosign_text("hello\n", A, time_s=5)


def test_a_plain_signature_cannot_pass_for_a_cosignature() -> None:
    """No signer signs a text that begins as a cosigned message does."""
    with pytest.raises(Malformed):
        sign_text(cosigned_message("x\n", 5).decode(), A)


def test_a_plain_signature_in_the_name_of_a_cosigner_does_not_verify() -> None:
    forged = NoteSignature(*W.public.ref(), W.sign(b"hello\n"))
    with pytest.raises(BadSignature):
        _verify(Note("hello\n", (forged,)), W.public)


def test_statement_lines_stand_in_one_order() -> None:
    """The same text by the same keys has the same bytes, whoever put it together."""
    note = sign_statement("hello\n", [B, A])
    assert note == sign_statement("hello\n", [A, B])
    check_statement_lines(note, where="x")
    backwards = Note(note.text, note.signatures[::-1])
    known = known_keys([A.public, B.public])
    assert verify_statement(note, known, where="x") == note.signatures
    for check in (check_statement_lines, lambda n, where: verify_statement(n, known, where=where)):
        with pytest.raises(Malformed, match="signature 2"):
            check(backwards, where="x")
    with pytest.raises(Malformed, match="two signatures of one key"):
        sign_statement("hello\n", [A, A])


@pytest.mark.parametrize("time_s", [-1, TIME_MAX_S + 1])
def test_times_past_the_format_are_refused(time_s: int) -> None:
    with pytest.raises(Malformed):
        cosign_text("x\n", W, time_s=time_s)
    timed = (time_s % 2**64).to_bytes(8, "big") + bytes(64)
    with pytest.raises(Malformed):
        split_timed(timed, where="x")


def test_two_keys_under_one_reference_are_refused() -> None:
    """Key IDs are short: two keys of one name can share one, and a line would then fit either."""
    seen: dict[bytes, bytes] = {}
    for i in range(2, 500_000):
        raw = i.to_bytes(32, "little")
        other = seen.setdefault(key_id_of("a", Algorithm.ED25519, raw), raw)
        if other != raw:
            break
    first, second = (PublicKey("a", Algorithm.ED25519, r) for r in (other, raw))
    assert first.ref() == second.ref()
    assert known_keys([first, first, A.public]) == {k.ref(): k for k in (first, A.public)}
    with pytest.raises(Malformed):
        known_keys([first, second])


@pytest.mark.parametrize("text", ["", "no newline", "tab\there\n", "\ud800\n"])
def test_texts_that_no_note_can_hold_are_refused(text: str) -> None:
    with pytest.raises(Refused):
        sign_text(text, A)
    with pytest.raises(Refused):
        Note(text, (NoteSignature("a", b"1234", b"x"),))


def test_reading_notes_loads_no_cryptography() -> None:
    """A command that only reads must start quickly."""
    code = "import clearline.signing.note, sys; raise SystemExit('cryptography' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
