"""Lines over TLS: who stands under a member's root in this channel is taken, and everybody else is refused by name."""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from clearline.channel.roster import Roster, key_name
from clearline.errors import Refused
from clearline.faces.api.peer_listener import why
from clearline.gateways.peer import tls
from clearline.gateways.peer.calling import why_of
from clearline.gateways.peer.tls import ForeignCertificate, NoCertificate
from clearline.records.genesis import Role
from clearline.records.words import MemberId
from clearline.testing.members import START, founded_channel
from clearline.testing.members import _seed as seed_of
from clearline.volumes.instant import Instant

IL, TR, NOW = MemberId("IL"), MemberId("TR"), Instant(START)
HOUR = 3_600_000
DAY = 24 * HOUR
MEMBERS = (("IL", Role.PARTY), ("TR", Role.PARTY), ("UN", Role.HUMANITARIAN))
ROSTER, OTHER = (founded_channel(MEMBERS, seed="tls", drill=drill).roster for drill in (False, True))


def root(member: str) -> bytes:
    return seed_of("tls", member, "root")


@dataclass(slots=True)
class End:
    """One end of a line: certificate and key in files."""

    certificate: Path
    key: Path


Make = Callable[..., End]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """Return what makes an end; the time of every test is the real one, as OpenSSL's is."""
    count = 0

    def made(
        member: str = "IL",
        *,
        seed: bytes | None = None,
        start: int = -HOUR,
        end: int = DAY,
        roster: Roster = ROSTER,
        pem: bytes | None = None,
        key: bytes = b"k" * 32,
    ) -> End:
        nonlocal count
        count += 1
        public = Ed25519PrivateKey.from_private_bytes(key).public_key().public_bytes_raw()
        who = MemberId(member)
        if pem is None:
            pem = tls.issue(seed or root(member), roster, who, public, start=_now(start), end=_now(end), serial=count)
        one = End(tmp_path / f"{count}.crt", tmp_path / f"{count}.pem")
        one.certificate.write_bytes(pem)
        one.key.write_text(tls.pem_of(key))
        return one

    return made


def _now(by_ms: int = 0) -> Instant:
    return Instant(int(datetime.datetime.now(datetime.UTC).timestamp() * 1000) + by_ms)


def _context(
    end: End, trusted: str, *, server: bool, revoked: tuple[str, ...] = (), roster: Roster = ROSTER
) -> ssl.SSLContext:
    return tls.context(
        roster,
        [MemberId(trusted)],
        end.certificate,
        end.key,
        server=server,
        now=_now,
        revoked=lambda member, _: member in revoked,
    )


def handshake(server: ssl.SSLContext, client: ssl.SSLContext | None, *, says: bytes = b"") -> tuple[str, str]:
    """Return what became of a handshake at the server and at the client: the other's name, or why not."""
    here, there = socket.socketpair()
    here.settimeout(5)
    there.settimeout(5)
    told: list[str] = []

    def serve() -> None:
        told.append(_shake(server, here, server_side=True))
        here.close()

    thread = threading.Thread(target=serve)
    thread.start()
    if client is None:
        there.sendall(says)
        said = ""
    else:
        said = _shake(client, there, server_side=False)
    thread.join(10)
    there.close()
    return told[0], said


def _shake(context: ssl.SSLContext, raw: socket.socket, *, server_side: bool) -> str:
    """Drive a TLS object over a socket, as asyncio does: so our own look at the certificate is part of it."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    made = context.wrap_bio(incoming, outgoing, server_side=server_side)
    try:
        while True:
            try:
                made.do_handshake()
                break
            except ssl.SSLWantReadError:
                raw.sendall(outgoing.read())
                received = raw.recv(65_536)
                if not received:
                    return "closed"
                incoming.write(received)
        raw.sendall(outgoing.read())
    except (ssl.SSLError, OSError) as fault:
        if outgoing.pending:
            raw.sendall(outgoing.read())
        return why(fault)
    line = tls.line_of(made)
    return f"{made.version()} {line.member}" if line else f"{made.version()} nobody"


def test_two_members_know_each_other_by_their_roots(make: Make) -> None:
    """No certificate was handed around: the anchors come from the root keys of the genesis."""
    il, tr = make("IL"), make("TR")
    told = handshake(_context(il, "TR", server=True), _context(tr, "IL", server=False))
    assert told == ("TLSv1.3 TR", "TLSv1.3 IL")


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ({"seed": root("IL")}, "unable to get local issuer certificate"),
        ({"start": -2 * DAY, "end": -DAY}, "certificate has expired"),
        ({"start": DAY, "end": 2 * DAY}, "certificate is not yet valid"),
        ({"roster": OTHER}, "unable to get local issuer certificate"),
    ],
    ids=["wrong root", "expired", "not yet", "another channel"],
)
def test_who_is_not_under_the_root_now_is_refused_by_name(make: Make, what: dict[str, object], reason: str) -> None:
    """Both as caller and as called; a drill's certificate is none of the real channel's, under the same root."""
    good = make("IL")
    bad = _forged(make, what)
    at_server, _ = handshake(_context(good, "TR", server=True), _context(bad, "IL", server=False))
    assert reason in at_server and "certificate" in at_server
    _, at_client = handshake(_context(bad, "IL", server=True), _context(good, "TR", server=False))
    assert reason in at_client


def _forged(make: Make, what: dict[str, object]) -> End:
    if "seed" not in what:
        return make("TR", **what)
    # `issue` refuses a foreign root, so the forger writes the certificate without it.
    key = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    forger = Ed25519PrivateKey.from_private_bytes(bytes(what["seed"]))  # type: ignore[call-overload]
    return make("TR", pem=_written("TR", key, forger))


def _written(member: str, key: Ed25519PrivateKey, signer: Ed25519PrivateKey, *, authority: bool = False) -> bytes:
    now = datetime.datetime.now(datetime.UTC)
    subject = tls._name(key_name(ROSTER.channel, member, "root" if authority else "tls"))
    built = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(tls._name(key_name(ROSTER.channel, "IL" if authority else member, "root")))
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if authority:
        built = built.add_extension(tls._signs_certificates(), critical=True)
    return built.sign(signer, None).public_bytes(Encoding.PEM)


def test_a_member_cannot_name_an_authority_after_another(make: Make) -> None:
    """IL's root signs an authority that calls itself TR's root, and that signs a leaf for TR: it is not TR."""
    between, leaf = Ed25519PrivateKey.generate(), Ed25519PrivateKey.from_private_bytes(b"k" * 32)
    authority = _written("TR", between, Ed25519PrivateKey.from_private_bytes(root("IL")), authority=True)
    chain = _written("TR", leaf, between) + authority
    server = tls.context(
        ROSTER, [IL, TR], (one := make("IL")).certificate, one.key, server=True, now=_now, revoked=lambda *_: False
    )
    at_server, _ = handshake(server, _context(make("TR", pem=chain), "IL", server=False))
    assert at_server.startswith("certificate: ")
    with pytest.raises(ForeignCertificate, match="not signed by the root of TR"):
        tls.read_leaf(chain, ROSTER, where="leaf")


def test_a_member_cannot_pass_for_another(make: Make) -> None:
    """Whose certificate is good, but not the one called, is refused by the caller."""
    _, at_client = handshake(_context(make("TR"), "IL", server=True), _context(make("IL"), "UN", server=False))
    assert at_client.startswith("certificate: ")


def test_a_revoked_key_is_refused_by_name(make: Make) -> None:
    il, tr = make("IL"), make("TR")
    at_server, _ = handshake(_context(il, "TR", server=True, revoked=("TR",)), _context(tr, "IL", server=False))
    assert at_server == "certificate: the certificate of TR was revoked"
    _, at_client = handshake(_context(il, "TR", server=True), _context(tr, "IL", server=False, revoked=("IL",)))
    assert at_client == "certificate: the certificate of IL was revoked"


def test_a_line_that_lasts_is_asked_again(make: Make) -> None:
    """A connection may outlive the certificate that it began with."""
    taken_back: list[str] = []
    made = make("IL")
    context = tls.context(
        ROSTER,
        [IL],
        made.certificate,
        made.key,
        server=True,
        now=_now,
        revoked=lambda member, _: member in taken_back,
    )
    line = context.look(ssl.PEM_cert_to_DER_cert(made.certificate.read_text()))
    line.check()
    taken_back.append("IL")
    with pytest.raises(ForeignCertificate, match="revoked"):
        line.check()


def test_older_tls_plain_http_and_nobody_are_refused_by_name(make: Make) -> None:
    il, tr = make("IL"), make("TR")
    server = _context(il, "TR", server=True)
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.load_cert_chain(tr.certificate, tr.key)
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    assert handshake(server, old)[0] == "it speaks an older TLS than 1.3"
    bare = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    bare.check_hostname, bare.verify_mode = False, ssl.CERT_NONE
    assert handshake(server, bare)[0] == "it showed no certificate"
    assert handshake(server, None, says=b"GET /peer/v1/IL/main/checkpoint HTTP/1.1\r\n\r\n")[0].startswith("plain HTTP")


def test_a_root_signs_for_its_own_member_alone() -> None:
    with pytest.raises(Refused, match="not the root key"):
        tls.issue(root("IL"), ROSTER, TR, b"\x01" * 32, start=NOW, end=NOW, serial=1)


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ({"start": -2 * DAY, "end": -DAY}, "has expired"),
        ({"member": "TR"}, "is not for the key of IL"),
        ({"roster": OTHER}, "not issued by a member's root of this channel"),
    ],
)
def test_a_node_with_a_bad_certificate_of_its_own_says_so(make: Make, what: dict[str, object], reason: str) -> None:
    """Before anything listens, and with the command that makes another."""
    one = make(**{"member": "IL", **what})
    with pytest.raises(NoCertificate, match=reason) as said:
        tls.check_own(one.certificate, one.key, ROSTER, IL, at=_now())
    assert "clearline keys tls" in said.value.message


def test_a_missing_certificate_or_another_key_is_named(make: Make) -> None:
    one, other = make("IL"), make("IL", key=b"o" * 32)
    with pytest.raises(NoCertificate, match="is not for the key"):
        tls.check_own(one.certificate, other.key, ROSTER, IL, at=_now())
    one.certificate.unlink()
    with pytest.raises(NoCertificate, match="is missing"):
        tls.check_own(one.certificate, one.key, ROSTER, IL, at=_now())


@given(st.binary(max_size=400))
def test_any_bytes_give_a_certificate_or_a_refusal(raw: bytes) -> None:
    with pytest.raises(Refused):
        tls.read_leaf(raw, ROSTER, where="any")


def test_a_certificate_that_this_node_refuses_is_named() -> None:
    """A refusal of one's own has no word of the library's: its own words reach the officer, whatever wraps them."""
    fault = httpx.ConnectError("handshake")
    fault.__cause__ = ssl.SSLCertVerificationError("the certificate of TR was revoked")
    assert why_of(fault) == "its certificate is not good: the certificate of TR was revoked"
    assert why_of(httpx.ReadTimeout("late")) == "ReadTimeout"
