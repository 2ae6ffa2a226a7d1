"""Malformed notes, proofs and JSON; non-canonical encodings; doubled members; look-alike letters in names."""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys
import tracemalloc
import unicodedata
from importlib.util import find_spec

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clearline.errors import Malformed, Refused
from clearline.records import body, canonical, words
from clearline.records import header as headers
from clearline.testing import fuzz
from clearline.testing.attack import alarms_of, forger, hello
from clearline.testing.pair import FIVE, Forger, Side
from clearline.tlog.proof import BrokenProof, verify_consistency, verify_inclusion

TARGETS = fuzz.targets()
SEEDS = fuzz.seeds()
MEMORY_MAX = 64 * 1024 * 1024
"""Bytes that reading one small input may take at its peak: many times its size, and no more."""

FUZZ_S = 5


@pytest.mark.parametrize("name", sorted(TARGETS))
@settings(max_examples=40, deadline=None)
@given(raw=st.binary(max_size=300) | st.text(max_size=100).map(str.encode) | st.just(b"[" * 100_000))
def test_any_bytes_are_refused_or_read(name: str, raw: bytes) -> None:
    """Bytes of strangers give a value or a named refusal, never another fault."""
    assert fuzz.run(TARGETS[name], raw)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)


@pytest.mark.parametrize("name", ["answer", "body", "canonical", "push", "received", "notices"])
@settings(max_examples=40, deadline=None)
@given(value=JSON)
def test_any_json_is_refused_or_read(name: str, value: object) -> None:
    """The same for whatever is JSON, or nearly."""
    assert fuzz.run(TARGETS[name], json.dumps(value).encode())


@pytest.mark.parametrize("name", sorted(SEEDS))
def test_mutated_real_messages_are_refused_or_read(name: str) -> None:
    """Real messages with bytes changed, cut, doubled and mixed: no crash, and memory stays bounded."""
    numbers = random.Random(f"mutations of {name}")
    tracemalloc.start()
    try:
        outcomes = {fuzz.run(TARGETS[name], mutated(numbers, SEEDS[name])) for _ in range(120)}
        assert tracemalloc.get_traced_memory()[1] < MEMORY_MAX
    finally:
        tracemalloc.stop()
    assert outcomes - {"value"}, "nothing was refused: the mutations prove nothing"


def mutated(numbers: random.Random, real: list[bytes]) -> bytes:
    """Return a real input with one to three faults."""
    raw = bytearray(numbers.choice(real))
    for _ in range(numbers.randint(1, 3)):
        at = numbers.randrange(len(raw) + 1)
        match numbers.randrange(5):
            case 0 if at < len(raw):
                raw[at] ^= 1 << numbers.randrange(8)
            case 1:
                del raw[at : at + numbers.randint(1, 30)]
            case 2:
                raw[at:at] = raw[max(0, at - 40) : at]
            case 3:
                raw[at:at] = numbers.choice((b"\0", b"\xff", b"\n\n", b"{", b'"', b"9" * 25, b"-", "ı".encode()))
            case _:
                raw[at:] = numbers.choice(real)[at:]
    return bytes(raw)


@settings(max_examples=150, deadline=None)
@given(
    index=st.integers(-1, 40),
    size=st.integers(-1, 40),
    proof=st.lists(st.binary(max_size=33) | st.just(b"\0" * 32), max_size=70),
    root=st.binary(min_size=32, max_size=32),
)
def test_no_proof_of_strangers_proves_anything(index: int, size: int, proof: list[bytes], root: bytes) -> None:
    """Proofs of any form and length end in `broken-proof`, never in a crash and never in a proof."""
    with pytest.raises(BrokenProof):
        verify_inclusion(leaf_hash=b"\1" * 32, index=index, size=size, root=root, proof=proof)
    if size >= 0 and not (index == size > 0 and not proof):
        with pytest.raises(BrokenProof):
            verify_consistency(first=index, second=size, first_root=b"\1" * 32, second_root=root, proof=proof)


@pytest.mark.skipif(find_spec("atheris") is None, reason="atheris is not installed here")
def test_a_short_run_guided_by_coverage() -> None:
    """atheris looks for bytes that crash a reader or fill the memory; `make fuzz` does so for longer."""
    done = subprocess.run(
        [sys.executable, "-m", "clearline.testing.fuzz", str(FUZZ_S), "1"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3_000:]
    runs = re.search(r"Done (\d+) runs", done.stderr)
    assert runs is not None and int(runs[1]) > 500, done.stderr[-3_000:]


# One value, one spelling


def spellings(raw: bytes) -> dict[str, bytes]:
    """Return other JSON spellings of the same body, by what is odd about them."""
    value = json.loads(raw)
    plain = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    names = list(value)
    return {
        "white space": json.dumps(value).encode(),
        "another order": json.dumps({n: value[n] for n in reversed(names)}, separators=(",", ":")).encode(),
        "a member twice": plain.replace('{"', f'{{"{names[0]}":{json.dumps(value[names[0]])},"', 1).encode(),
        "an escape that is not needed": plain.replace("hello", "\\u0068ello").encode(),
        "a number as a float": plain.replace('"v":1', '"v":1.0').encode(),
        "an exponent": plain.replace('"v":1', '"v":1e0').encode(),
        "minus nought": plain.replace('"v":1', '"v":-0').encode(),
        "a byte order mark": b"\xef\xbb\xbf" + plain.encode(),
        "a final line feed": plain.encode() + b"\n",
        "another value behind it": plain.encode() + b"{}",
        "overlong UTF-8": plain.encode().replace(b"h", b"\xc1\xa8"),
        "a lone surrogate": plain.replace("hello", "\\ud800").encode(),
        "not a number": plain.replace('"v":1', '"v":NaN').encode(),
        "a huge number": plain.replace('"v":1', f'"v":{2**53}').encode(),
        "an unknown member": plain.replace('"v":1', '"v":1,"x":0').encode(),
    }


ODD = spellings(canonical.encode(json.loads(body.encode(hello()))))


@pytest.mark.parametrize("what", sorted(ODD))
def test_a_body_has_one_spelling(what: str) -> None:
    """A body that says the same in other bytes is refused by an entry that names the fault, and has no effect."""
    side = Side(FIVE)
    with pytest.raises(Refused):
        body.decode(ODD[what], where="body")
    made = Forger(side, "TR")
    made.say(ODD[what], audience=side.roster.members)
    try:
        answer = side.give("IL", made.push())
    except (Refused, UnicodeDecodeError):
        # Bytes that are no UTF-8 do not even travel: a body is a text on the wire.
        assert what == "overlong UTF-8" and side.nodes["IL"].logs["TR/main"].size == 0
        return
    assert len(answer.refused) == 1 and answer.refused[0].reason
    assert not side.nodes["IL"].picture.messages and not alarms_of(side, "IL")


@pytest.mark.parametrize("odd", ["space", "order", "double", "float", "escape"])
def test_a_header_has_one_spelling(odd: str) -> None:
    """A header in another spelling is no header, whoever signs it: the entry is refused and nothing is kept."""
    from clearline.signing.note import encode_note
    from clearline.signing.statement import sign_statement

    side = Side(FIVE)
    made = forger(side, "TR", 1)
    text = made.notes[0].decode().partition("\n\n")[0] + "\n"
    first, line, _ = text.split("\n")
    value = json.loads(line)
    line = {
        "space": line.replace(":", ": ", 1),
        "order": json.dumps(dict(reversed(value.items())), separators=(",", ":")),
        "double": line.replace('{"audience"', '{"author":"TR","audience"', 1),
        "float": line.replace('"claimed":', '"claimed":1.0e0,"claimed":', 1),
        "escape": line.replace('"TR"', '"\\u0054R"', 1),
    }[odd]
    keys = side.founded.keyrings[side.nodes["TR"].me]
    made.notes[0] = encode_note(sign_statement(f"{first}\n{line}\n", [keys.officers["1"]]))
    with pytest.raises(Refused):
        side.give("IL", made.push())
    assert side.nodes["IL"].logs["TR/main"].size == 0 and not list(side.stores["IL"].entries("TR/main"))


def test_a_checkpoint_and_a_note_have_one_spelling() -> None:
    """Leading noughts, other ends of line, other dashes and other base64 are refused."""
    side = Side(FIVE)
    made = forger(side, "TR", 2)
    good = made.push()
    text = good.checkpoint.decode()
    for odd in (
        text.replace("\n2\n", "\n02\n"),
        text.replace("\n2\n", "\n+2\n"),
        text.replace("\n", "\r\n"),
        text.replace("\n\n", "\n\n\n"),
        text.replace("— ", "- "),
        text[:-3] + "x=\n",
        text.rstrip("\n"),
    ):
        assert odd != text
        with pytest.raises(Refused):
            side.give("IL", type(good)(odd.encode(), 0, good.entries, good.bodies))
    assert side.nodes["IL"].logs["TR/main"].size == 0 and not alarms_of(side, "IL")


LOOK_ALIKE = {
    "Cyrillic letter": "\u0422R",
    "Greek letter": "\u03a4R",
    "fullwidth letter": "\uff34R",
    "letter with a mark": "T\u0301R",
    "zero width joiner": "T\u200dR",
    "right-to-left mark": "\u200fTR",
    "digit for letter": "TR\u0660",
    "lower case": "tr",
    "trailing blank": "TR ",
}


@pytest.mark.parametrize("what", sorted(LOOK_ALIKE))
def test_look_alike_letters_in_names(what: str) -> None:
    """A member's id is A-Z and 0-9 alone: whatever looks like TR and is not is refused, in headers and in records."""
    name = LOOK_ALIKE[what]
    assert name != "TR"
    with pytest.raises(Malformed):
        words.member_id(name, where="author")
    side = Side(FIVE)
    made = Forger(side, "TR")
    with pytest.raises(Refused):
        made.say(hello(), audience=(name, "IL"))
        side.give("IL", made.push())
    filed = f'{{"kind":"notice_step","notice":"N","of":"{"0" * 64}","reason":"","step":"activate","v":1}}'
    with pytest.raises(Refused):
        headers.from_text(f"clearline/statement/v1\n{filed.replace('N', name)}\n", where="header")


@pytest.mark.parametrize("odd", ["N-1\u200b", "\u202eN-1", " N-1", "N-1\n", "N\u00a01\x00", "e\u0301", ""])
def test_a_reference_has_one_form(odd: str) -> None:
    """References that would look the same have one form: NFC, no invisible marks, no outer blanks."""
    assert unicodedata.normalize("NFC", odd) != odd or not odd.strip() or odd != odd.strip() or not odd.isprintable()
    with pytest.raises(Malformed):
        words.reference(odd, where="notice")
