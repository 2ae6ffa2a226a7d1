"""Officers' accounts and tokens: what is kept of a secret, and until when something admits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from clearline.errors import Malformed
from clearline.store import accounts
from clearline.store.accounts import Cost, admits, make_account, read_accounts, write_accounts
from clearline.store.folder import OpenToOthers, add_token, read_grants, read_tokens, write_private
from clearline.testing.members import START, SeededRandomness
from clearline.volumes.instant import Instant

CHEAP = Cost(n=2**4, r=2, p=1)
GOOD = "correct horse battery staple"
RANDOM = SeededRandomness("accounts")


def made(name: str = "ayse", passphrase: str = GOOD) -> accounts.Account:
    return make_account(name, ("1", "2"), passphrase, random=RANDOM, at=START, cost=CHEAP)


def test_only_its_passphrase_admits_to_an_account() -> None:
    """Neither another one, nor a longer one, nor anything to an account that is not there."""
    account = made()
    assert admits(account, GOOD)
    for wrong in ("", GOOD + " ", GOOD[:-1], GOOD.upper(), GOOD + "x" * 300, "\ud800" * 20):
        assert not admits(account, wrong)
    assert not admits(None, GOOD)


def test_one_passphrase_has_one_spelling() -> None:
    """However a keyboard composes a letter, it is the same passphrase (NFKC)."""
    account = made(passphrase="Çok gizli bir söz".replace("ö", "o\u0308"))
    assert admits(account, "Çok gizli bir söz")


@pytest.mark.parametrize(
    "weak", ["", "short one", "a" * 40, "ayse", "ayse123456789", "AYSE-2026-AYSE", "tab\tbed in here ok", "x" * 257]
)
def test_a_weak_passphrase_is_refused_and_not_repeated(weak: str) -> None:
    """Too short, too long, one letter, the account's name: refused, and the message does not hold it."""
    with pytest.raises(Malformed) as caught:
        made(passphrase=weak)
    assert not weak or len(weak) < 5 or weak not in caught.value.message


@pytest.mark.parametrize("name", ["", "A", "ayşe", "a", "1st", "a b", "x" * 33, "../x"])
def test_names_are_plain(name: str) -> None:
    """No two names look alike, and none is a path."""
    with pytest.raises(Malformed):
        made(name)


def test_the_file_holds_no_passphrase_and_is_private(tmp_path: Path) -> None:
    """Names, salts and hashes, readable by the owner alone; two accounts of one passphrase look different."""
    assert read_accounts(tmp_path) == {}
    held = {"ayse": made(), "beth": made("beth")}
    write_accounts(tmp_path, held)
    path = tmp_path / accounts.ACCOUNTS
    text = path.read_text()
    assert GOOD not in text and path.stat().st_mode & 0o077 == 0
    assert read_accounts(tmp_path) == held and held["ayse"].hash != held["beth"].hash
    path.chmod(0o644)
    with pytest.raises(OpenToOthers):
        read_accounts(tmp_path)


@pytest.mark.parametrize("text", ["[]", "{", '{"ayse":{}}', '{"Ayşe":{"officers":["1"]}}', '{"ayse":{"officers":[]}}'])
def test_a_file_that_is_none_admits_nobody(tmp_path: Path, text: str) -> None:
    write_private(tmp_path / accounts.ACCOUNTS, text)
    with pytest.raises(Malformed):
        read_accounts(tmp_path)


def test_the_cost_is_what_owasp_asks() -> None:
    """32 MiB at least; the cost stands with each account, so that it can rise later."""
    assert 128 * accounts.COST.n * accounts.COST.r >= 2**25 and accounts.COST.p >= 3
    assert made().cost == CHEAP


def test_a_token_admits_until_it_expires(tmp_path: Path) -> None:
    """The last instant is out; a token of the old form has no end and is still read."""
    end = Instant(START + 1_000)
    add_token(tmp_path, officer="1", random=RANDOM, expires=end, label="feed")
    assert list(read_tokens(tmp_path, at=Instant(end - 1)).values()) == ["1"]
    assert read_tokens(tmp_path, at=end) == {}
    (grant,) = read_grants(tmp_path).values()
    assert (grant.officer, grant.expires, grant.label) == ("1", end, "feed")
    write_private(tmp_path / "tokens.json", json.dumps({"ab": "2"}), replace=True)
    assert read_tokens(tmp_path, at=end) == {"ab": "2"}


@pytest.mark.parametrize(
    "text", ["[]", "{", '{"ab":1}', '{"ab":{"officer":"1"}}', '{"ab":{"officer":"1","expires":"x","label":""}}']
)
def test_a_file_of_tokens_that_is_none_is_refused(tmp_path: Path, text: str) -> None:
    write_private(tmp_path / "tokens.json", text)
    with pytest.raises(Malformed):
        read_tokens(tmp_path)
