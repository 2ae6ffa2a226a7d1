"""Keys: their text forms, their IDs, and what is refused."""

import pickle
from base64 import b64decode

import pytest

from clearline.errors import Malformed
from clearline.signing.keys import Algorithm, PublicKey, Signer, decode_base64, parse_private_text, parse_vkey

# golang.org/x/mod/sumdb/note, note_test.go.
PETER_PUBLIC = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
PETER_PRIVATE = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
# github.com/transparency-dev/formats, note_cosigv1_test.go: keys of a log and of a working witness.
OTHERS = [
    "TEST+7997405c+AQcC+FTVKf0jlTdHDY3rbevmnKxxPjigCXlVtGe6RIr6",
    "remora.n621.de+da77ade7+BOvN63jn/bLvkieywe8R6UYAtVtNbZpXh34x7onlmtw2",
]
SEED = bytes(range(32))


@pytest.mark.parametrize("text", [PETER_PUBLIC, *OTHERS])
def test_published_vkeys_are_read_and_written_back(text: str) -> None:
    """Keys made by other people's software stand, with the key ID that they state."""
    assert parse_vkey(text, where="key").vkey() == text


def test_published_private_key_gives_the_published_public_key() -> None:
    signer = parse_private_text(PETER_PRIVATE, where="key")
    assert signer.public.vkey() == PETER_PUBLIC
    assert signer.private_text() == PETER_PRIVATE


def test_rfc_8032_first_vector() -> None:
    """RFC 8032 §7.1, TEST 1: the empty message."""
    seed = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
    public = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a"
    signature = (
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46b"
        "d25bf5f0595bbe24655141438e7a100b"
    )
    signer = Signer("a", seed)
    assert signer.public.raw.hex() == public
    assert signer.sign(b"").hex() == signature
    assert signer.public.verifies(bytes.fromhex(signature), b"")
    assert not signer.public.verifies(bytes.fromhex(signature), b"x")
    assert not signer.public.verifies(b"short", b"")


def test_every_part_of_a_vkey_is_refused() -> None:
    """No proper part of a key's text is a key. Source: note_test.go, TestNewVerifier."""
    n = len(PETER_PUBLIC)
    for i in range(n):
        for j in range(i + 1, n + 1):
            if (i, j) != (0, n):
                with pytest.raises(Malformed):
                    parse_vkey(PETER_PUBLIC[i:j], where="key")


@pytest.mark.parametrize("text", [PETER_PUBLIC, PETER_PRIVATE])
def test_every_changed_character_of_a_key_is_refused(text: str) -> None:
    for i in range(len(text)):
        changed = text[:i] + chr(ord(text[i]) + 1) + text[i + 1 :]
        with pytest.raises(Malformed):
            if text is PETER_PUBLIC:
                parse_vkey(changed, where="key")
            else:
                # The seed has no check of its own beyond the key ID that follows from it.
                parse_private_text(changed, where="key")


@pytest.mark.parametrize(
    "text",
    [
        "PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==",
        "PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW",
        "",
        "++",
    ],
)
def test_odd_vkeys_are_refused(text: str) -> None:
    with pytest.raises(Malformed):
        parse_vkey(text, where="key")


@pytest.mark.parametrize("name", ["", "a b", "a+b", "a\nb", "é", "а", "a\u2028", "x" * 129, "a\n"])
def test_names_outside_our_characters_are_refused(name: str) -> None:
    with pytest.raises(Malformed):
        Signer(name, SEED)


def test_the_longest_name_stands() -> None:
    assert Signer("x" * 128, SEED).public.name == "x" * 128


def test_a_signer_never_shows_its_seed() -> None:
    """Neither repr nor errors nor a pickle give the secret away."""
    signer = Signer("a", SEED)
    assert SEED.hex() not in repr(signer)
    assert "vkey" not in repr(signer)
    assert signer.public.vkey() in repr(signer)
    with pytest.raises(TypeError):
        pickle.dumps(signer)
    with pytest.raises(Malformed) as short:
        Signer("a", SEED[:31])
    assert SEED[:31].hex() not in str(short.value)
    body = PETER_PRIVATE.rsplit("+", 1)[1]
    for text in (PETER_PRIVATE[:-2], PETER_PRIVATE.replace("c74f20a3", "00000000"), "x" + PETER_PRIVATE):
        with pytest.raises(Malformed) as refused:
            parse_private_text(text, where="key")
        assert body[:20] not in str(refused.value)
        assert refused.value.__context__ is None


def test_algorithm_is_part_of_the_key_id() -> None:
    log, witness = Signer("a", SEED), Signer("a", SEED, Algorithm.COSIGNATURE_V1)
    assert log.public.raw == witness.public.raw
    assert log.public.key_id() != witness.public.key_id()
    assert parse_private_text(witness.private_text(), where="key").public == witness.public


P = 2**255 - 19
D = -121665 * pow(121666, P - 2, P) % P


def _order_divides_8(y: int) -> bool:
    """Report whether a point with this y has an order that divides 8 (RFC 8032 §5.1, affine)."""
    x2 = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(x2, (P + 3) // 8, P)
    if (x * x - x2) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if (x * x - x2) % P:
        return False
    for _ in range(3):
        k = D * x * x * y * y % P
        x, y = 2 * x * y * pow(1 + k, P - 2, P) % P, (y * y + x * x) * pow(1 - k, P - 2, P) % P
    return (x, y) == (0, 1)


SMALL = [
    0,
    1,
    P - 1,
    int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little"),
    int.from_bytes(bytes.fromhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"), "little"),
]


@pytest.mark.parametrize("y", SMALL)
@pytest.mark.parametrize("sign", [0, 1])
def test_keys_of_small_order_are_refused(y: int, sign: int) -> None:
    """Under such a key a signature fits many messages, and its owner could deny them all."""
    assert _order_divides_8(y)
    with pytest.raises(Malformed):
        PublicKey("a", Algorithm.ED25519, (y | sign << 255).to_bytes(32, "little"))


@pytest.mark.parametrize("y", [P, P + 1, P + 5, 2**255 - 1])
def test_keys_in_a_second_spelling_are_refused(y: int) -> None:
    with pytest.raises(Malformed):
        PublicKey("a", Algorithm.ED25519, y.to_bytes(32, "little"))


def test_base64_has_one_form() -> None:
    """Unused bits of the last character are zero; else two texts would be one value."""
    assert decode_base64("AQ==", where="x") == b"\x01"
    for text in ("AR==", "AQ=", "AQ", "AQ==\n", " AQ==", "A-==", "é", ""):
        with pytest.raises(Malformed):
            decode_base64(text, where="x")
    assert b64decode("AR==") == b"\x01"
