"""A node's folder: secrets that only the owner reads, keys that must be those of the genesis, tokens kept as hashes."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from clearline.channel.founding import genesis_text, sign_genesis
from clearline.channel.roster import BadGenesis
from clearline.errors import Malformed, NotFound, Refused
from clearline.records.genesis import Role
from clearline.records.words import MemberId
from clearline.signing.note import encode_note
from clearline.store.folder import (
    NodeConfig,
    OpenToOthers,
    ReleasingKeyHere,
    add_token,
    make_member,
    officer_of,
    read_config,
    read_keyring,
    read_roster,
    read_tokens,
    root_signer,
    write_config,
    write_private,
)
from clearline.testing.members import START, SeededRandomness

RANDOM = SeededRandomness("folder")


def _founded(base: Path) -> Path:
    cards = [
        make_member(base / m, member=m, name=m, role=Role.PARTY, positions=["watch"], random=RANDOM)
        for m in ("IL", "TR")
    ]
    text = genesis_text(channel="Test", drill=True, cards=cards, created=START, nonce=RANDOM(32))
    note = sign_genesis(text, [root_signer(base / m, m) for m in ("IL", "TR")])
    for member in ("IL", "TR"):
        write_private(base / member / "genesis.note", encode_note(note).decode())
    return base / "TR"


def test_secrets_are_for_their_owner_alone(tmp_path: Path) -> None:
    """Keys and tokens are made so that nobody else can read them."""
    folder = _founded(tmp_path)
    add_token(folder, officer="1", random=RANDOM)
    for path in [*(folder / "keys").iterdir(), folder / "tokens.json"]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert stat.S_IMODE((folder / "keys").stat().st_mode) == 0o700


def test_a_key_that_others_can_read_is_not_used(tmp_path: Path) -> None:
    """A node does not start on a key that has been laid open, and says how to mend it."""
    folder = _founded(tmp_path)
    (folder / "keys" / "main.key").chmod(0o644)
    with pytest.raises(OpenToOthers, match="chmod 600"):
        read_keyring(folder, read_roster(folder), MemberId("TR"))


def test_a_key_of_somebody_else_is_not_used(tmp_path: Path) -> None:
    """Every key is compared with the one that the genesis names."""
    folder = _founded(tmp_path)
    other = (tmp_path / "IL" / "keys" / "main.key").read_text()
    write_private(folder / "keys" / "main.key", other, replace=True)
    with pytest.raises(Refused, match="not the key that the genesis names"):
        read_keyring(folder, read_roster(folder), MemberId("TR"))


@pytest.mark.parametrize("text", ["", "abc", "AAAA", "\u2028"])
def test_a_broken_key_file_is_refused_without_showing_it(tmp_path: Path, text: str) -> None:
    """A message never repeats what stands in a key file."""
    folder = _founded(tmp_path)
    write_private(folder / "keys" / "mirror.key", text + "secret", replace=True)
    with pytest.raises(Refused) as caught:
        read_keyring(folder, read_roster(folder), MemberId("TR"))
    assert "secret" not in caught.value.message


def test_a_releasing_officer_s_key_never_comes_near_the_node(tmp_path: Path) -> None:
    """It is made into a folder of its own, and a node that finds it among its keys, under any name, does not start."""
    apart = tmp_path / "safe"
    cards = []
    for member in ("IL", "TR"):
        words = {"member": member, "name": member, "role": Role.PARTY, "positions": ["watch"], "random": RANDOM}
        cards.append(make_member(tmp_path / member, releasing=["release"], releasing_folder=apart, **words))  # type: ignore[arg-type]
    assert [(o.officer, o.releasing) for o in cards[1].officers] == [("1", False), ("2", True)]
    text = genesis_text(channel="Test", drill=True, cards=cards, created=START, nonce=RANDOM(32))
    note = sign_genesis(text, [root_signer(tmp_path / m, m) for m in ("IL", "TR")])
    folder = tmp_path / "TR"
    write_private(folder / "genesis.note", encode_note(note).decode())
    roster = read_roster(folder)
    assert sorted(read_keyring(folder, roster, MemberId("TR")).officers) == ["1"]
    assert sorted(p.name for p in apart.iterdir()) == ["IL-officer-2.key", "TR-officer-2.key"]
    assert not list((folder / "keys").glob("officer-2*"))
    write_private(folder / "keys" / "spare.key", (apart / "TR-officer-2.key").read_text())
    with pytest.raises(ReleasingKeyHere, match="releasing officer 2"):
        read_keyring(folder, roster, MemberId("TR"))


def test_the_sealing_key_is_that_of_the_genesis(tmp_path: Path) -> None:
    """A node has its own sealing key, and starts with no other."""
    folder = _founded(tmp_path)
    roster = read_roster(folder)
    card = roster.member("TR")
    assert card is not None
    assert read_keyring(folder, roster, MemberId("TR")).sealing.raw == card.sealing
    other = (tmp_path / "IL" / "keys" / "sealing.key").read_text()
    write_private(folder / "keys" / "sealing.key", other, replace=True)
    with pytest.raises(Refused, match="for sealing"):
        read_keyring(folder, roster, MemberId("TR"))


def test_keys_are_never_overwritten(tmp_path: Path) -> None:
    """Making a member where one stands changes nothing."""
    folder = _founded(tmp_path)
    before = (folder / "keys" / "root.key").read_text()
    with pytest.raises(Refused, match="exists already"):
        make_member(folder, member="TR", name="TR", role=Role.PARTY, positions=["watch"], random=RANDOM)
    assert (folder / "keys" / "root.key").read_text() == before


def test_a_token_admits_its_officer_and_only_its_hash_is_kept(tmp_path: Path) -> None:
    """The file of tokens holds no token; a wrong one admits nobody."""
    folder = _founded(tmp_path)
    first = add_token(folder, officer="1", random=RANDOM)
    second = add_token(folder, officer="2", random=RANDOM)
    held = read_tokens(folder)
    assert officer_of(held, first) == "1"
    assert officer_of(held, second) == "2"
    assert officer_of(held, first + "x") is None
    assert officer_of(held, "") is None
    assert first not in (folder / "tokens.json").read_text()


def test_a_genesis_without_every_root_founds_nothing(tmp_path: Path) -> None:
    """All roots sign, or there is no channel."""
    folder = _founded(tmp_path)
    lines = (folder / "genesis.note").read_text().splitlines(keepends=True)
    write_private(folder / "genesis.note", "".join(lines[:-1]), replace=True)
    with pytest.raises(BadGenesis, match="not signed by"):
        read_roster(folder)


def test_the_configuration_is_read_back(tmp_path: Path) -> None:
    """What is written is read; what is missing or misspelt is named."""
    config = NodeConfig(MemberId("TR"), "127.0.0.1", 8801, {"IL": "http://127.0.0.1:8802"}, demonstration=True)
    write_config(tmp_path, config)
    assert read_config(tmp_path) == config
    (tmp_path / "node.json").write_text('{"member": "TR", "host": "127.0.0.1", "port": 8801, "peers": {}, "prot": 1}')
    with pytest.raises(Malformed, match="prot"):
        read_config(tmp_path)
    (tmp_path / "node.json").unlink()
    with pytest.raises(NotFound, match=r"node\.json is missing"):
        read_config(tmp_path)
