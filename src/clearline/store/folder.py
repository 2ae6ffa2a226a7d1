"""A node's folder: configuration, genesis, private keys and access tokens, in files that only the owner can read.

node.json       member, addresses, peers
genesis.note    the channel's genesis, signed by all roots
member.json     the public card of the member: what a genesis takes in
keys/           private keys, one file each; root.key belongs elsewhere once the genesis is signed,
                and a releasing officer's key never comes here
channel         the channel to which the folder belongs since its first start, and whether it is a drill
tokens.json     SHA-256 of each bearer token, the officer whom it admits, and until when
accounts.json   the officers' accounts, see store/accounts.py
record.sqlite   the record
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from clearline.channel.ports import Keyring, Randomness
from clearline.channel.roster import Roster, root_name, roster_from_genesis
from clearline.errors import Malformed, NotFound, Refused, Said
from clearline.records import words
from clearline.records.genesis import GenesisMember, OfficerKey, Role
from clearline.records.header import base_log
from clearline.records.reading import Members
from clearline.records.words import MemberId
from clearline.signing.keys import Algorithm, Signer
from clearline.signing.sealing_key import SealingKey
from clearline.volumes.instant import PERM, Instant

PRIVATE = 0o600
PRIVATE_FOLDER = 0o700
TOKENS = "tokens.json"
TOKEN_BYTES = 24
"""Random bytes of a bearer token: 192 bits, 32 characters."""

ROLES = ("main", "safety", "mirror", "delivery")


class ReleasingKeyHere(Refused):
    """The node's folder holds a releasing officer's key: one stolen folder could do what takes two persons."""

    slug, title, status = "releasing-key-here", "A releasing officer's key lies in the node's folder", 500


class OpenToOthers(Refused):
    """A file with a secret can be read by others than its owner."""

    slug, title, status = "open-to-others", "Secret readable by others", 500


@dataclass(frozen=True, slots=True)
class TokenGrant:
    """Whom a bearer token admits, until when (`None`: until it is revoked), and what its owner calls it."""

    officer: str
    expires: Instant | None
    label: str

    def admits(self, at: Instant) -> bool:
        """Report whether the token admits at `at`."""
        return self.expires is None or at < self.expires


class FolderOfAnotherChannel(Refused):
    """The folder holds the record of one channel and the genesis of another, such as a drill's."""

    slug, title, status = "folder-of-another-channel", "Folder of another channel", 409


@dataclass(frozen=True, slots=True)
class NodeConfig:
    """What a node is told of itself: its member, where it listens, where its peers are.

    `demonstration` opens the page without a session; it is allowed on loopback alone. Other nodes call at `peers_host`
    and `peers_port`, over TLS under the members' roots; without that port they call where officers do, over plain HTTP,
    which only a demonstration or a drill on loopback may. `certificate` and `certificate_key` are PEM files for the
    officers' side, needed where that is not on loopback.
    """

    member: MemberId
    host: str = "127.0.0.1"
    port: int = 8800
    peers: dict[str, str] = field(default_factory=dict)
    demonstration: bool = False
    peers_host: str = ""
    peers_port: int = 0
    certificate: str = ""
    certificate_key: str = ""


def write_private(path: Path, text: str, *, replace: bool = False) -> None:
    """Write a file that only its owner can read, durably; an existing file stays unless `replace`.

    Raises:
        Refused: The file exists already.
    """
    path.parent.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    target = path.with_name(path.name + ".new") if replace else path
    try:
        handle = os.open(target, os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if replace else os.O_EXCL), PRIVATE)
    except FileExistsError:
        raise Refused(f"{path} exists already; nothing was changed") from None
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    if replace:
        target.replace(path)


def read_private(path: Path) -> str:
    """Return the text of a secret file.

    Raises:
        NotFound: There is no such file.
        OpenToOthers: Others than the owner can read it.
    """
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        raise NotFound(f"{path} is missing") from None
    if stat.S_IMODE(mode) & 0o077:
        raise OpenToOthers(f"{path} can be read by others; run: chmod 600 {path}")
    return path.read_text(encoding="utf-8")


def make_member(
    folder: Path,
    *,
    member: str,
    name: str,
    role: Role,
    positions: list[str],
    random: Randomness,
    releasing: Sequence[str] = (),
    releasing_folder: Path | None = None,
    until: Instant = PERM,
) -> GenesisMember:
    """Make a member's keys in `folder` and return its public card; officers are numbered from 1.

    The positions in `releasing` are those of releasing officers, numbered on from the others; their keys go into
    `releasing_folder` alone. All keys but the root's are good until `until`, included.

    Raises:
        Refused: There are keys already.
        Malformed: A name breaks the format, or there is no folder for the releasing officers' keys.
    """
    who = words.member_id(member, where="member")
    words.reference(name, where="name")
    if releasing and releasing_folder is None:
        raise Malformed(where="releasing", found=Said("no folder for their keys"), expected="another folder, named")
    seeds = {role_name: random(32) for role_name in ("root", *ROLES, "sealing")}
    apart: dict[str, bytes] = {}
    officers = []
    for number, position in enumerate((*positions, *releasing), 1):
        words.reference(position, where="position")
        seed, second = random(32), number > len(positions)
        (apart if second else seeds)[f"officer-{number}"] = seed
        officers.append(OfficerKey(str(number), position, _public(seed), second))
    card = GenesisMember(
        id=who,
        name=name,
        role=role,
        root=_public(seeds["root"]),
        main=_public(seeds["main"]),
        safety=_public(seeds["safety"]),
        mirror=_public(seeds["mirror"]),
        delivery=_public(seeds["delivery"]),
        sealing=SealingKey(seeds["sealing"]).raw,
        until=until,
        officers=tuple(sorted(officers, key=lambda officer: officer.officer)),
    )
    folder.mkdir(mode=PRIVATE_FOLDER, parents=True, exist_ok=True)
    for key, seed in seeds.items():
        write_private(folder / "keys" / f"{key}.key", base64.b64encode(seed).decode() + "\n")
    if releasing_folder is not None:
        for key, seed in apart.items():
            write_private(releasing_folder / f"{who}-{key}.key", base64.b64encode(seed).decode() + "\n")
    return card


def root_signer(folder: Path, member: str) -> Signer:
    """Return the member's root key, for signing a genesis."""
    return root_signer_at(folder / "keys" / "root.key", member)


def root_signer_at(path: Path, member: str) -> Signer:
    """Return a member's root key from the file that holds it, wherever it is kept."""
    return Signer(root_name(member), _seed(path), Algorithm.ED25519)


def read_keyring(folder: Path, roster: Roster, member: MemberId) -> Keyring:
    """Return the node's private keys, each compared with the newest that the roster knows for its role.

    A key that was granted after the founding lies beside the first one, with a number: `mirror.2.key` to
    `mirror.9.key`. Which of the files counts is told by the public keys alone.

    Raises:
        NotFound, OpenToOthers: A key file is missing or readable by others.
        Refused: No file of a role holds the key that the roster names.
        ReleasingKeyHere: The folder holds a releasing officer's key, under whatever name.
    """
    if roster.member(member) is None:
        raise NotFound(f"{member} is no member of this channel")
    keys, cosigning = folder / "keys", Algorithm.COSIGNATURE_V1
    _no_releasing_key(keys, roster.releasing_keys(member))
    logs = {role: roster.log_key(member, roster.current_log(member, role)) for role in ("main", "safety")}
    cosigners = {role: roster.cosigner(member, role) for role in ("mirror", "delivery")}
    signers = {
        role: Signer(
            public.name, _matching(keys, role, public.raw), cosigning if role in cosigners else public.algorithm
        )
        for role, public in {**logs, **cosigners}.items()
    }
    officers = {}
    for public in roster.officer_keys(member).values():
        name = roster.signatory_of(member, public.ref()).officer
        seed = _found(keys, f"officer-{name}", public.raw)
        if seed is not None:
            officers[name] = Signer(public.name, seed, Algorithm.ED25519)
    sealing = SealingKey(_matching(keys, "sealing", roster.sealing_key(member)))
    earlier = [SealingKey(_seed(path)) for path in _files(keys, "sealing")]
    before = tuple(key for key in earlier if key.raw != sealing.raw)
    ended = {}
    for log in roster.logs_of(member):
        public, role = roster.log_key(member, log), base_log(log)
        seed = _found(keys, role, public.raw) if public != logs[role] else None
        if seed is not None:
            ended[log] = Signer(public.name, seed, Algorithm.ED25519)
    return Keyring(
        signers["main"], signers["safety"], signers["mirror"], signers["delivery"], sealing, officers, before, ended
    )


def _files(keys: Path, role: str) -> list[Path]:
    return [path for path in (keys / f"{role}.key", *(keys / f"{role}.{n}.key" for n in range(2, 10))) if path.exists()]


def _found(keys: Path, role: str, public: bytes) -> bytes | None:
    """Return the secret of a public key from the files of its role, or `None` where this folder does not hold it."""
    for path in _files(keys, role):
        seed = _seed(path)
        held = SealingKey(seed).raw if role == "sealing" else _public(seed)
        if hmac.compare_digest(held, public):
            return seed
    return None


def _matching(keys: Path, role: str, public: bytes) -> bytes:
    if not _files(keys, role):
        raise NotFound(f"{keys / role}.key is missing")
    seed = _found(keys, role, public)
    if seed is None:
        first = keys / f"{role}.key"
        raise Refused(
            f"{first} is not the key that the genesis names for {role}, nor the one that was granted last; no file "
            f"beside it ({role}.2.key to {role}.9.key) holds it either"
        )
    return seed


def read_roster(folder: Path) -> Roster:
    """Return the roster of the folder's genesis."""
    path = folder / "genesis.note"
    try:
        return roster_from_genesis(path.read_bytes(), where=str(path))
    except FileNotFoundError:
        raise NotFound(f"{path} is missing; make it with: clearline keys genesis") from None


def hold_one_channel(folder: Path, roster: Roster) -> None:
    """Note at the first start to which channel a folder belongs, and refuse every other one from then on.

    A drill and the real channel are two folders: nobody can put the genesis of one beside the record of the other.

    Raises:
        FolderOfAnotherChannel: The folder was used for another channel before.
    """
    path = folder / "channel"
    sort = "drill" if roster.genesis.drill else "real"
    try:
        held, _, held_sort = path.read_text(encoding="utf-8").strip().partition(" ")
    except FileNotFoundError:
        write_private(path, f"{roster.channel} {sort}\n", replace=True)
        return
    if (held, held_sort) != (roster.channel, sort):
        raise FolderOfAnotherChannel(
            f"{folder} belongs to channel {held[:16]}… ({held_sort}), and its genesis is that of "
            f"{roster.channel[:16]}… ({sort}); a drill and the real channel need a folder each: put the right "
            "genesis back, or make a new folder",
            held=held,
            found=roster.channel,
        )


def read_config(folder: Path) -> NodeConfig:
    """Return the node's configuration.

    Raises:
        NotFound: There is none.
        Malformed: Names the first fault.
    """
    path = folder / "node.json"
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NotFound(f"{path} is missing; this is no node's folder") from None
    except ValueError as fault:
        raise Malformed(where=str(path), found=Said(fault), expected="JSON") from None
    members = Members(value, where=str(path))
    peers = members.members("peers")
    config = NodeConfig(
        member=members.member_id("member"),
        host=members.text("host", least=1, most=255),
        port=members.integer("port", least=0, most=65_535),
        peers={name: peers.text(name, least=1, most=500) for name in peers.names()},
        demonstration=members.flag("demonstration") if members.has("demonstration") else False,
        peers_host=_optional(members, "peers_host"),
        peers_port=members.integer("peers_port", least=0, most=65_535) if members.has("peers_port") else 0,
        certificate=_optional(members, "certificate"),
        certificate_key=_optional(members, "certificate_key"),
    )
    members.done()
    return config


def _optional(members: Members, name: str) -> str:
    return members.text(name, most=500) if members.has(name) else ""


def write_config(folder: Path, config: NodeConfig) -> None:
    """Write the node's configuration."""
    value: dict[str, Any] = {
        "demonstration": config.demonstration,
        "host": config.host,
        "member": config.member,
        "peers": config.peers,
        "port": config.port,
    }
    if config.peers_port:
        value |= {"peers_host": config.peers_host, "peers_port": config.peers_port}
    if config.certificate:
        value |= {"certificate": config.certificate, "certificate_key": config.certificate_key}
    write_private(folder / "node.json", json.dumps(value, indent=2, sort_keys=True) + "\n", replace=True)


def add_token(
    folder: Path, *, officer: str, random: Randomness, expires: Instant | None = None, label: str = ""
) -> str:
    """Make a bearer token for an officer and return it; only its hash is kept. It admits until `expires`."""
    token = base64.urlsafe_b64encode(random(TOKEN_BYTES)).decode()
    held = read_grants(folder) if (folder / TOKENS).exists() else {}
    held[_digest(token)] = TokenGrant(officer, expires, label)
    write_grants(folder, held)
    return token


def read_tokens(folder: Path, *, at: Instant | None = None) -> dict[str, str]:
    """Return the hash of each token and the officer whom it admits; with `at`, of those that have not expired."""
    grants = read_grants(folder).items()
    return {digest: grant.officer for digest, grant in grants if at is None or grant.admits(at)}


def read_grants(folder: Path) -> dict[str, TokenGrant]:
    """Return what each token grants, by its hash.

    Raises:
        NotFound, OpenToOthers: The file is missing or readable by others.
        Malformed: It is none of tokens.
    """
    where = str(folder / TOKENS)
    try:
        value = json.loads(read_private(folder / TOKENS))
    except ValueError as fault:
        raise Malformed(where=where, found=Said(fault), expected="JSON") from None
    if not isinstance(value, dict):
        raise Malformed(where=where, found=value, expected="hashes and what they grant")
    return {digest: _grant(given, f"{where}: /{digest[:8]}") for digest, given in value.items()}


def write_grants(folder: Path, grants: dict[str, TokenGrant]) -> None:
    """Write the file of tokens anew."""
    value = {d: {"expires": g.expires, "label": g.label, "officer": g.officer} for d, g in grants.items()}
    write_private(folder / TOKENS, json.dumps(value, indent=2, sort_keys=True) + "\n", replace=True)


def _grant(given: object, where: str) -> TokenGrant:
    if isinstance(given, str):
        return TokenGrant(given, None, "")
    members = Members(given, where=where)
    expires = members.raw("expires", "milliseconds, or null")
    grant = TokenGrant(
        members.text("officer", least=1, most=64),
        None if expires is None else Instant(members.integer("expires", least=0)),
        members.text("label", most=80),
    )
    members.done()
    return grant


def officer_of(tokens: dict[str, str], token: str) -> str | None:
    """Return the officer whom a token admits; every hash is compared, in constant time."""
    given, found = _digest(token), None
    for held, officer in tokens.items():
        if hmac.compare_digest(held, given):
            found = officer
    return found


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def read_seed(path: Path) -> bytes:
    """Return the 32 secret bytes of a key file.

    Raises:
        NotFound, OpenToOthers: It is missing or readable by others.
        Refused: It holds no key.
    """
    return _seed(path)


def _public(seed: bytes) -> bytes:
    return Signer("key", seed).public.raw


def _seed(path: Path) -> bytes:
    try:
        seed = base64.b64decode(read_private(path).strip(), validate=True)
    except ValueError:
        seed = b""
    if len(seed) != 32:
        raise Refused(f"{path} holds no key: 32 bytes in base64 are expected")
    return seed


def _no_releasing_key(keys: Path, releasing: dict[bytes, str]) -> None:
    for path in sorted(keys.iterdir()) if releasing else ():
        try:
            officer = releasing.get(_public(_seed(path)))
        except (Refused, OSError, UnicodeDecodeError):
            continue
        if officer is not None:
            raise ReleasingKeyHere(
                f"{path} is the key of releasing officer {officer}: move it to a medium of that officer's own, away "
                "from this node; what takes two persons must not lie in one folder"
            )
