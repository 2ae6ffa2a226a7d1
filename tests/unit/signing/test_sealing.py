"""Sealed bodies: against RFC 9180 written anew from its primitives, and against whoever would swap or change them."""

from __future__ import annotations

from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand
from hypothesis import given, settings
from hypothesis import strategies as st

from clearline.signing.sealing import DOMAIN, OVERHEAD_BYTES, NotOpened, seal, sealing_key_id, unseal
from clearline.signing.sealing_key import SealingKey

KEM_SUITE = b"KEM" + (0x0020).to_bytes(2, "big")
HPKE_SUITE = b"HPKE" + b"".join(n.to_bytes(2, "big") for n in (0x0020, 0x0001, 0x0003))
ENTRY, OTHER = "ab" * 32, "cd" * 32
SALT, BODY = b"s" * 32, b'{"kind":"message"}'
MINE, YOURS = SealingKey(b"\x01" * 32), SealingKey(b"\x02" * 32)


def _extract(salt: bytes, ikm: bytes) -> bytes:
    import hmac

    return hmac.new(salt or b"\0" * 32, ikm, sha256).digest()


def _labeled(suite: bytes, label: bytes, ikm: bytes) -> bytes:
    return b"HPKE-v1" + suite + label + ikm


def _expand(suite: bytes, prk: bytes, label: bytes, info: bytes, length: int) -> bytes:
    labeled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + info
    return HKDFExpand(SHA256(), length, labeled).derive(prk)


def opened_by_the_standard(enc: bytes, ciphertext: bytes, secret: X25519PrivateKey, info: bytes, aad: bytes) -> bytes:
    """RFC 9180 §4.1, §5.1 and §5.2 in base mode, step by step, for one message."""
    shared = secret.exchange(X25519PublicKey.from_public_bytes(enc))
    context = enc + secret.public_key().public_bytes_raw()
    prk = _extract(b"", _labeled(KEM_SUITE, b"eae_prk", shared))
    shared = _expand(KEM_SUITE, prk, b"shared_secret", context, 32)
    psk_id = _extract(b"", _labeled(HPKE_SUITE, b"psk_id_hash", b""))
    info_hash = _extract(b"", _labeled(HPKE_SUITE, b"info_hash", info))
    schedule = b"\x00" + psk_id + info_hash
    secret_key = _extract(shared, _labeled(HPKE_SUITE, b"secret", b""))
    key = _expand(HPKE_SUITE, secret_key, b"key", schedule, 32)
    nonce = _expand(HPKE_SUITE, secret_key, b"base_nonce", schedule, 12)
    return ChaCha20Poly1305(key).decrypt(nonce, ciphertext, aad)


def test_the_oracle_opens_the_vector_of_the_standard() -> None:
    """RFC 9180, A.2.1 (DHKEM(X25519), HKDF-SHA256, ChaCha20Poly1305), sequence number 0: the oracle below is HPKE."""
    secret = X25519PrivateKey.from_private_bytes(
        bytes.fromhex("8057991eef8f1f1af18f4a9491d16a1ce333f695d4db8e38da75975c4478e0fb")
    )
    enc = bytes.fromhex("1afa08d3dec047a643885163f1180476fa7ddb54c6a8029ea33f95796bf2ac4a")
    ciphertext = bytes.fromhex(
        "1c5250d8034ec2b784ba2cfd69dbdb8af406cfe3ff938e131f0def8c8b60b4db21993c62ce81883d2dd1b51a28"
    )
    info = b"Ode on a Grecian Urn"
    assert opened_by_the_standard(enc, ciphertext, secret, info, b"Count-0") == b"Beauty is truth, truth beauty"


def test_what_is_sealed_is_hpke_of_the_standard() -> None:
    """Another implementation of the standard opens it: encapsulated key first, info as the format states it."""
    sealed = seal(SALT, BODY, to=MINE.raw, entry=ENTRY, slot=2)
    info = DOMAIN + bytes.fromhex(ENTRY) + b"\x02" + sealing_key_id(MINE.raw)
    assert opened_by_the_standard(sealed[:32], sealed[32:], MINE.private, info, b"") == SALT + BODY
    assert len(sealed) == OVERHEAD_BYTES + len(BODY)


def test_only_the_recipient_opens_it_and_only_in_its_place() -> None:
    """Swapped between recipients, entries or slots it does not open; nothing of the body shows in it."""
    sealed = seal(SALT, BODY, to=MINE.raw, entry=ENTRY, slot=0)
    assert unseal(sealed, MINE, entry=ENTRY, slot=0) == (SALT, BODY)
    assert BODY not in sealed and SALT not in sealed
    for key, entry, slot in ((YOURS, ENTRY, 0), (MINE, OTHER, 0), (MINE, ENTRY, 1)):
        with pytest.raises(NotOpened):
            unseal(sealed, key, entry=entry, slot=slot)


def test_two_seals_of_one_body_differ() -> None:
    """A carrier cannot tell by the bytes whether two sealed bodies are the same."""
    first, second = (seal(SALT, BODY, to=MINE.raw, entry=ENTRY, slot=0) for _ in range(2))
    assert first != second


@settings(max_examples=60)
@given(st.binary(max_size=300))
def test_any_bytes_give_a_body_or_a_refusal(raw: bytes) -> None:
    """The parser is total."""
    with pytest.raises(NotOpened):
        unseal(raw, MINE, entry=ENTRY, slot=0)


@pytest.mark.parametrize("spot", [0, 31, 32, 60, -1])
def test_one_changed_byte_is_refused(spot: int) -> None:
    """In the encapsulated key, the text or the tag: nothing opens."""
    sealed = bytearray(seal(SALT, BODY, to=MINE.raw, entry=ENTRY, slot=0))
    sealed[spot] ^= 1
    with pytest.raises(NotOpened):
        unseal(bytes(sealed), MINE, entry=ENTRY, slot=0)


def test_nothing_is_sealed_to_a_key_of_small_order() -> None:
    """The shared secret of such a key is known to everybody."""
    with pytest.raises(NotOpened):
        seal(SALT, BODY, to=b"\0" * 32, entry=ENTRY, slot=0)
