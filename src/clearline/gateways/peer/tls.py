"""Who is on the other end: TLS 1.3 both ways, under the roots that the genesis names and nobody else's.

A member's root signs its node's leaf certificate directly. Trust anchors are built here from the root *keys*: an anchor
is a certificate over the root's public key that a throw-away key signs, put into the store as trusted, so nobody hands
certificates around. Its subject names channel and member, so a leaf of another channel does not chain to it. OpenSSL
judges the chain (with partial chains allowed, RFC 5280 §6.1.1 lets any key be the anchor); the leaf's signature is then
verified once more against the root key of exactly the member that its issuer names.

Source: RFC 8446 (TLS 1.3), RFC 5280 (certificates), RFC 8410 (Ed25519 in certificates).
"""

from __future__ import annotations

import datetime
import ssl
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from clearline.channel.roster import Roster, key_name
from clearline.errors import Malformed, NotAllowed, Refused, Said
from clearline.records.words import MemberId
from clearline.volumes.instant import Instant

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

DAYS: Final = 398
"""Days for which a certificate is issued unless told otherwise: a year, and time to renew."""

DAYS_MAX: Final = 3_660
BACK_MS: Final = 3_600_000
"""How long before its issue a certificate is good: clocks of members differ."""

SOON_MS: Final = 30 * 86_400_000
"""How long before its end a node reminds its engineer."""

CERTIFICATE_BYTES_MAX: Final = 16 * 2**10
_ALPN: Final = ["http/1.1"]
_FIRST: Final = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
_LAST: Final = datetime.datetime(9999, 12, 31, tzinfo=datetime.UTC)

Revoked = Callable[[MemberId, bytes], bool]
"""Reports whether a member has taken back a TLS key (32 bytes)."""


class ForeignCertificate(NotAllowed):
    """A certificate is not of a member of this channel, or is good no more: it expired, or was revoked."""

    slug, title, status = "foreign-certificate", "Certificate refused", 403


class NoCertificate(Refused):
    """The node has no certificate of its own that is good now, so no peer would speak to it."""

    slug, title, status = "no-certificate", "No good certificate", 422


@dataclass(frozen=True, slots=True)
class Leaf:
    """A node's certificate as others read it: whose it is, its key, and from when to when it is good (ms)."""

    member: MemberId
    key: bytes
    start: Instant
    end: Instant


@dataclass(frozen=True, slots=True)
class Line:
    """The other end of a connection; `check` is asked again at each request, for a connection may outlive its leaf."""

    leaf: Leaf
    _check: Callable[[Leaf], None]

    @property
    def member(self) -> MemberId:
        """Return the member under whose root the certificate stands."""
        return self.leaf.member

    def check(self) -> None:
        """Refuse a certificate that has expired or was revoked since the connection was made.

        Raises:
            ForeignCertificate: Says which.
        """
        self._check(self.leaf)


def issue(
    root_seed: bytes, roster: Roster, member: MemberId, tls_public: bytes, *, start: Instant, end: Instant, serial: int
) -> bytes:
    """Return a leaf certificate (PEM) for a node's TLS key, signed by its member's root.

    Args:
        root_seed: The root's 32 secret bytes.
        roster: The channel: its id stands in the certificate, so that no other channel takes it.
        member: Whose node it is.
        tls_public: The Ed25519 key of the node's end of a line, 32 bytes.
        start: From when it is good, to the second.
        end: Until when it is good, to the second.
        serial: A random number of at most 159 bits.

    Raises:
        Refused: The root is not the one that the genesis names.
    """
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import Encoding
    from cryptography.x509.oid import ExtendedKeyUsageOID

    root = Ed25519PrivateKey.from_private_bytes(root_seed)
    if root.public_key().public_bytes_raw() != _root(roster, member):
        raise Refused(f"this is not the root key that the genesis names for {member}")
    built = (
        x509.CertificateBuilder()
        .subject_name(_name(key_name(roster.channel, member, "tls")))
        .issuer_name(_name(key_name(roster.channel, member, "root")))
        .public_key(Ed25519PublicKey.from_public_bytes(tls_public))
        .serial_number(serial)
        .not_valid_before(_moment(start))
        .not_valid_after(_moment(end))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key()), critical=False)
        .add_extension(
            x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False
        )
    )
    return built.sign(root, None).public_bytes(Encoding.PEM)


def read_leaf(raw: bytes, roster: Roster, *, where: str) -> Leaf:
    """Return what a certificate (DER or PEM) says, its signature verified against the root of the member it names.

    Raises:
        Malformed: It is no certificate of a node of this channel.
        ForeignCertificate: Its issuer is no member's root in this channel, or the signature is not that root's.
    """
    from cryptography import x509
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    if len(raw) > CERTIFICATE_BYTES_MAX:
        raise Malformed(where=where, found=Said(f"{len(raw)} bytes"), expected="a certificate of a node")
    try:
        pem = raw.lstrip().startswith(b"-----BEGIN")
        found = x509.load_pem_x509_certificate(raw) if pem else x509.load_der_x509_certificate(raw)
        issuer, key = found.issuer, found.public_key()
        start, end = found.not_valid_before_utc, found.not_valid_after_utc
    except (ValueError, TypeError, x509.InvalidVersion):
        raise Malformed(where=where, found=Said("no certificate"), expected="an X.509 certificate") from None
    names = {key_name(roster.channel, member, "root"): member for member in roster.members}
    member = names.get(_text_of(issuer))
    if member is None:
        raise ForeignCertificate(f"{where}: not issued by a member's root of this channel")
    if not isinstance(key, Ed25519PublicKey):
        raise ForeignCertificate(f"{where}: not an Ed25519 key")
    try:
        root = Ed25519PublicKey.from_public_bytes(_root(roster, member))
        root.verify(found.signature, found.tbs_certificate_bytes)
    except InvalidSignature:
        raise ForeignCertificate(f"{where}: not signed by the root of {member}") from None
    return Leaf(member, key.public_bytes_raw(), _instant(start), _instant(end))


def check_leaf(leaf: Leaf, *, at: Instant, revoked: Revoked) -> None:
    """Refuse a certificate that is not good at `at`.

    Raises:
        ForeignCertificate: It has expired, is not good yet, or its key was revoked.
    """
    if at > leaf.end:
        raise ForeignCertificate(f"the certificate of {leaf.member} has expired")
    if at < leaf.start:
        raise ForeignCertificate(f"the certificate of {leaf.member} is not good yet; compare the clocks")
    if revoked(leaf.member, leaf.key):
        raise ForeignCertificate(f"the certificate of {leaf.member} was revoked")


def check_own(certificate: Path, key: Path, roster: Roster, me: MemberId, *, at: Instant) -> Leaf:
    """Return what this node's own certificate says, if others would take it now.

    Raises:
        NoCertificate: It is missing, another member's, of another channel, expired, or for another key.
    """
    again = "make one with: clearline keys tls"
    try:
        leaf = read_leaf(certificate.read_bytes(), roster, where=str(certificate))
        check_leaf(leaf, at=at, revoked=lambda _member, _key: False)
        held = public_of(key.read_text(encoding="ascii"), where=str(key))
    except FileNotFoundError as fault:
        raise NoCertificate(f"{fault.filename} is missing; {again}") from None
    except (Refused, UnicodeDecodeError) as fault:
        raise NoCertificate(f"{getattr(fault, 'message', certificate)}; {again}") from None
    if leaf.member != me or leaf.key != held:
        raise NoCertificate(f"{certificate} is not for the key of {me} in {key}; {again}")
    return leaf


def anchors(roster: Roster, members: Iterable[MemberId]) -> bytes:
    """Return trust anchors (DER, one after another) over the root keys of these members."""
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import Encoding

    # Nobody verifies this signature: the anchor is trusted because this node made it of the genesis.
    throwaway = Ed25519PrivateKey.generate()
    made = []
    for member in members:
        root = Ed25519PublicKey.from_public_bytes(_root(roster, member))
        built = (
            x509.CertificateBuilder()
            .subject_name(_name(key_name(roster.channel, member, "root")))
            .issuer_name(_name("clearline/anchor"))
            .public_key(root)
            .serial_number(1)
            .not_valid_before(_FIRST)
            .not_valid_after(_LAST)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_signs_certificates(), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(root), critical=False)
        )
        made.append(built.sign(throwaway, None).public_bytes(Encoding.DER))
    return b"".join(made)


class Context(ssl.SSLContext):
    """A context whose every handshake ends with our own look at the other end's certificate."""

    look: Callable[[bytes | None], Line]


class _Looked(ssl.SSLObject):
    line: Line

    def do_handshake(self) -> None:
        super().do_handshake()
        context: Any = self.context
        try:
            self.line = context.look(self.getpeercert(binary_form=True))
        except Refused as fault:
            raise ssl.SSLCertVerificationError(fault.message) from None


def context(
    roster: Roster,
    trusted: Iterable[MemberId],
    certificate: Path,
    key: Path,
    *,
    server: bool,
    now: Callable[[], Instant],
    revoked: Revoked,
) -> Context:
    """Return a context that speaks TLS 1.3 alone, shows this node's certificate and trusts these members' roots.

    There is no server name in the clear: the other end is known by the root under which its certificate stands.

    Raises:
        NoCertificate: Certificate and key cannot be used together.
    """
    made = Context(ssl.PROTOCOL_TLS_SERVER if server else ssl.PROTOCOL_TLS_CLIENT)
    made.sslobject_class = _Looked
    made.minimum_version = ssl.TLSVersion.TLSv1_3
    made.check_hostname = False
    made.verify_mode = ssl.CERT_REQUIRED
    made.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN | ssl.VERIFY_X509_STRICT
    made.options |= ssl.OP_NO_TICKET
    made.set_alpn_protocols(_ALPN)
    if server:
        # A resumed session would skip the look at a certificate that may be revoked by now.
        made.num_tickets = 0
    try:
        made.load_cert_chain(certificate, key)
    except (ssl.SSLError, OSError) as fault:
        raise NoCertificate(f"{certificate} and {key} cannot be used: {fault}; run: clearline keys tls") from None
    expected = frozenset(trusted)
    made.load_verify_locations(cadata=anchors(roster, sorted(expected)))

    def check(leaf: Leaf) -> None:
        check_leaf(leaf, at=now(), revoked=revoked)

    def look(der: bytes | None) -> Line:
        if der is None:
            raise ForeignCertificate("no certificate is shown")
        leaf = read_leaf(der, roster, where="certificate")
        if leaf.member not in expected:
            raise ForeignCertificate(f"the certificate is that of {leaf.member}, who is not expected on this line")
        check(leaf)
        return Line(leaf, check)

    made.look = look
    return made


def line_of(transport_object: object) -> Line | None:
    """Return whose certificate the other end of a TLS object showed."""
    return getattr(transport_object, "line", None)


def pem_of(seed: bytes) -> str:
    """Return an Ed25519 key as PKCS #8 PEM text: the secret itself."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    key = Ed25519PrivateKey.from_private_bytes(seed)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_of(pem: str, *, where: str) -> bytes:
    """Return the public half (32 bytes) of a PEM key.

    Raises:
        Malformed: It is no Ed25519 key. The text is not repeated.
    """
    return _private(pem, where=where).public_key().public_bytes_raw()


def _private(pem: str, *, where: str) -> Ed25519PrivateKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem.encode(), None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise Malformed(where=where, found=Said("(not shown)"), expected="an Ed25519 key in PEM")
    return key


def _root(roster: Roster, member: MemberId) -> bytes:
    found = roster.member(member)
    if found is None:
        raise Refused(f"{member} is no member of this channel")
    return found.root


def _name(text: str) -> x509.Name:
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    # A common name has at most 64 characters (RFC 5280, ub-common-name): the channel id alone takes them.
    return x509.Name([x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, p) for p in text.split("/")])


def _text_of(name: x509.Name) -> str:
    return "/".join(str(attribute.value) for attribute in name)


def _signs_certificates() -> x509.KeyUsage:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )


def _moment(at: Instant) -> datetime.datetime:
    return datetime.datetime.fromtimestamp(at // 1000, datetime.UTC)


def _instant(moment: datetime.datetime) -> Instant:
    return Instant(int(moment.timestamp()) * 1000)
