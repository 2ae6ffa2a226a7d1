"""Officers' accounts at their own node: a name, the officers that it may act as, and what scrypt made of a passphrase.

accounts.json in the node's folder, readable by its owner alone. There is no account and no passphrase to begin with:
the operator makes each one. Names are letters and digits, so two of them never look alike.

Source: RFC 7914 (scrypt); OWASP Password Storage Cheat Sheet for the cost; NIST SP 800-63B §5.1.1 for passphrases:
a least length, no rules of composition, NFKC before hashing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from clearline.channel.ports import Randomness
from clearline.errors import Malformed, NotFound, Said
from clearline.records.reading import Members, binary
from clearline.store.folder import read_private, write_private
from clearline.volumes.instant import Instant

ACCOUNTS = "accounts.json"
ACCOUNTS_MAX = 256
PASSPHRASE_MIN, PASSPHRASE_MAX = 12, 256
"""Characters of a passphrase: four words that are dictated to nobody."""

SALT_BYTES, HASH_BYTES = 16, 32
NAME = re.compile(r"[a-z][a-z0-9.-]{1,31}")
OFFICERS_MAX = 64


@dataclass(frozen=True, slots=True)
class Cost:
    """What one try costs: `128 · n · r` bytes of memory and `n · r · p` mixings."""

    n: int = 2**15
    r: int = 8
    p: int = 3

    @property
    def memory_bytes(self) -> int:
        """Return what OpenSSL needs at the most."""
        return 128 * self.r * (self.n + self.p + 2) + 2**20


COST = Cost()
"""32 MiB and a quarter of a second. Source: OWASP Password Storage Cheat Sheet, scrypt with p = 3."""


@dataclass(frozen=True, slots=True)
class Account:
    """One account. `changed` is when its passphrase was set: sessions that were opened before are over."""

    name: str
    officers: tuple[str, ...]
    salt: bytes
    hash: bytes
    cost: Cost
    changed: Instant


def check_passphrase(passphrase: str, *, name: str) -> str:
    """Return a new passphrase in its one spelling.

    Raises:
        Malformed: It is too short, too long, or says nothing but the account's name.
    """
    one = unicodedata.normalize("NFKC", passphrase)
    plain = re.sub(r"[^a-z0-9]", "", one.lower())
    said = f"{len(one)} characters"
    if not PASSPHRASE_MIN <= len(one) <= PASSPHRASE_MAX or len(set(one)) < 5 or not one.isprintable():
        raise Malformed(
            where="passphrase",
            found=Said(said),
            expected=f"{PASSPHRASE_MIN} to {PASSPHRASE_MAX} printable characters, at least five different ones",
        )
    if plain and plain.replace(re.sub(r"[^a-z0-9]", "", name), "").strip("0123456789") == "":
        raise Malformed(where="passphrase", found=Said(said), expected="more than the account's name and digits")
    return one


def make_account(
    name: str, officers: tuple[str, ...], passphrase: str, *, random: Randomness, at: Instant, cost: Cost = COST
) -> Account:
    """Return a new account.

    Raises:
        Malformed: The name or the passphrase breaks the format.
    """
    if not NAME.fullmatch(name):
        raise Malformed(where="account", found=name, expected="2 to 32 of a-z 0-9 . -, a letter first")
    salt = random(SALT_BYTES)
    return Account(name, officers, salt, _hash(check_passphrase(passphrase, name=name), salt, cost), cost, at)


def admits(account: Account | None, passphrase: str) -> bool:
    """Report whether a passphrase is the account's, in constant time; an unknown account costs as much.

    It takes a quarter of a second: never call it on the event loop.
    """
    known = account or _NOBODY
    text = unicodedata.normalize("NFKC", passphrase[:PASSPHRASE_MAX])
    found = hmac.compare_digest(_hash(text, known.salt, known.cost), known.hash)
    return found and account is not None and len(passphrase) <= PASSPHRASE_MAX


def read_accounts(folder: Path) -> dict[str, Account]:
    """Return the accounts of a node by name; none where there is no file.

    Raises:
        OpenToOthers: Others than the owner can read the file.
        Malformed: It is none of accounts.
    """
    path = folder / ACCOUNTS
    try:
        value = json.loads(read_private(path))
    except NotFound:
        return {}
    except ValueError as fault:
        raise Malformed(where=str(path), found=Said(fault), expected="JSON") from None
    members = Members(value, where=str(path))
    names = members.names()
    if len(names) > ACCOUNTS_MAX:
        raise Malformed(where=str(path), found=len(names), expected=f"at most {ACCOUNTS_MAX} accounts")
    return {name: _account(name, members.members(name)) for name in names}


def write_accounts(folder: Path, accounts: dict[str, Account]) -> None:
    """Write the accounts of a node anew, durably."""
    value = {
        one.name: {
            "changed": one.changed,
            "hash": base64.b64encode(one.hash).decode(),
            "n": one.cost.n,
            "officers": list(one.officers),
            "p": one.cost.p,
            "r": one.cost.r,
            "salt": base64.b64encode(one.salt).decode(),
        }
        for one in accounts.values()
    }
    write_private(folder / ACCOUNTS, json.dumps(value, indent=2, sort_keys=True) + "\n", replace=True)


def _account(name: str, members: Members) -> Account:
    if not NAME.fullmatch(name):
        raise Malformed(where=members.where, found=name, expected="an account's name")
    officers = members.items("officers", least=1, most=OFFICERS_MAX)
    if not all(isinstance(one, str) for one in officers):
        raise Malformed(where=members.place("officers"), found=officers, expected="officers by their numbers")
    account = Account(
        name,
        tuple(officers),
        binary(members.raw("salt", "a salt"), where=members.place("salt"), size=SALT_BYTES),
        binary(members.raw("hash", "a hash"), where=members.place("hash"), size=HASH_BYTES),
        Cost(
            members.integer("n", least=2, most=2**20),
            members.integer("r", least=1, most=32),
            members.integer("p", least=1, most=16),
        ),
        Instant(members.integer("changed", least=0)),
    )
    members.done()
    return account


def _hash(passphrase: str, salt: bytes, cost: Cost) -> bytes:
    return hashlib.scrypt(
        passphrase.encode("utf-8", "surrogatepass"),
        salt=salt,
        n=cost.n,
        r=cost.r,
        p=cost.p,
        maxmem=cost.memory_bytes,
        dklen=HASH_BYTES,
    )


_NOBODY = Account("nobody", (), bytes(SALT_BYTES), bytes(HASH_BYTES), COST, Instant(0))
"""In place of an account that does not exist, so that its absence cannot be told by the time that a try takes."""
