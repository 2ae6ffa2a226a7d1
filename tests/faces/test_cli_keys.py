"""`clearline keys`: members at several places found one channel, and every step refuses what is not theirs."""

from __future__ import annotations

import base64
import json
import re
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from clearline.channel.roster import roster_from_genesis
from clearline.faces.cli import main
from clearline.faces.cli.fingerprint import root_fingerprint, spoken
from clearline.faces.cli.keys import command
from clearline.store.folder import officer_of, read_config, read_tokens

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run `clearline keys` in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(command, [str(word) for word in words], prog_name="clearline keys")


def _make(run: Run, member: str, *, folder: str = "", role: str = "party") -> None:
    done = run("make", folder or member, "--member", member, "--name", f"Member {member}", "--role", role)
    assert done.exit_code == 0, done.output


def _founded(run: Run, *, drill: bool = False) -> None:
    for member in ("IL", "TR"):
        _make(run, member)
    flags = ("--drill",) if drill else ()
    words = ("--channel", "Test", *flags, "TR/member.json", "IL/member.json", "-o", "genesis.text")
    assert run("genesis", *words).exit_code == 0
    for member in ("IL", "TR"):
        root = f"{member}/keys/root.key"
        assert run("sign", "genesis.text", "--root", root, "--member", member, "-o", f"{member}.note").exit_code == 0
    assert run("join", "TR.note", "IL.note", "-o", "genesis.note").exit_code == 0


def _secrets(folder: Path) -> list[str]:
    return [path.read_text().strip() for path in (folder / "keys").iterdir()]


def test_keys_are_made_for_their_owner_alone(run: Run, tmp_path: Path) -> None:
    """Private keys are readable by their owner only; the card holds public keys; no secret is printed."""
    words = ("--member", "TR", "--name", "Türkiye", "--role", "party", "--position", "watch", "--position", "release")
    done = run("make", "TR", *words)
    assert done.exit_code == 0
    assert stat.S_IMODE((tmp_path / "TR").stat().st_mode) == 0o700
    for path in (tmp_path / "TR" / "keys").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    card = json.loads((tmp_path / "TR/member.json").read_text())
    assert (card["id"], card["name"], card["role"]) == ("TR", "Türkiye", "party")
    assert [o["position"] for o in card["keys"]["officers"]] == ["watch", "release"]
    shown = run("show", "TR")
    assert shown.exit_code == 0
    for secret in _secrets(tmp_path / "TR"):
        assert secret not in done.output + shown.output + json.dumps(card)
    assert "offline" in done.output


def test_a_releasing_officer_s_key_goes_elsewhere(run: Run, tmp_path: Path) -> None:
    """The folder for it must be named, must not be the node's, and nothing there is written over."""
    words = ("--member", "TR", "--name", "T", "--role", "party", "--position", "watch", "--releasing", "release")
    done = run("make", "TR", *words)
    assert (done.exit_code, "--releasing-keys" in done.output) == (2, True)
    done = run("make", "TR", *words, "--releasing-keys", "TR/keys")
    assert (done.exit_code, "elsewhere" in done.output) == (2, True)
    assert list(tmp_path.iterdir()) == []
    done = run("make", "TR", *words, "--releasing-keys", "safe")
    assert done.exit_code == 0, done.output
    assert "officer 2: release, releasing" in done.output
    assert not (tmp_path / "TR/keys/officer-2.key").exists()
    assert not (tmp_path / "TR/releasing").exists()
    key = tmp_path / "safe/TR-officer-2.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert key.read_text().strip() not in done.output
    before = key.read_text()
    done = run("make", "TR2", *words, "--releasing-keys", "safe")
    assert (done.exit_code, "exists already" in done.output) == (2, True)
    assert key.read_text() == before
    assert not (tmp_path / "TR2").exists()


def test_the_root_s_fingerprint_can_be_said_and_compared(run: Run, tmp_path: Path) -> None:
    """The fingerprint stands in digits and in words of the spelling alphabet, the same wherever it is shown."""
    _make(run, "TR")
    card = json.loads((tmp_path / "TR/member.json").read_text())
    digits = root_fingerprint("TR", base64.b64decode(card["root"]))
    groups = " ".join(digits[i : i + 4] for i in range(0, 32, 4))
    output = run("show", "TR").output
    assert groups in output
    assert spoken(digits) in output
    assert spoken("0a" * 16).startswith("Zero Alfa Zero Alfa, ")


def test_keys_are_never_made_over_others(run: Run, tmp_path: Path) -> None:
    """A folder that holds anything is refused, and nothing in it or beside it changes."""
    _make(run, "TR")
    before = _secrets(tmp_path / "TR")
    done = run("make", "TR", "--member", "TR", "--name", "Other", "--role", "party")
    assert done.exit_code == 2
    assert "not empty" in done.output
    assert _secrets(tmp_path / "TR") == before
    assert [p.name for p in tmp_path.iterdir()] == ["TR"]


def test_a_bad_name_leaves_nothing_behind(run: Run, tmp_path: Path) -> None:
    """A refused member leaves no folder and no keys."""
    done = run("make", "tr", "--member", "tr", "--name", "Türkiye", "--role", "party")
    assert done.exit_code == 2
    assert "2 to 8 letters" in done.output
    assert list(tmp_path.iterdir()) == []


def test_more_than_nine_officers_make_a_valid_card(run: Run, tmp_path: Path) -> None:
    """Officers are listed in the order that a genesis demands, however many there are."""
    positions = [word for n in range(12) for word in ("--position", f"watch {n}")]
    assert run("make", "TR", "--member", "TR", "--name", "T", "--role", "party", *positions).exit_code == 0
    _make(run, "IL")
    done = run("genesis", "--channel", "Test", "TR/member.json", "IL/member.json", "-o", "g")
    assert done.exit_code == 0, done.output


def test_a_channel_is_founded_from_signatures_made_apart(run: Run, tmp_path: Path) -> None:
    """Each root signs by itself, the signatures are joined in any order, and the genesis stands for all."""
    _founded(run, drill=True)
    roster = roster_from_genesis((tmp_path / "genesis.note").read_bytes(), where="genesis")
    assert roster.members == ("IL", "TR")
    assert roster.genesis.drill
    again = run("join", "IL.note", "TR.note", "IL.note", "-o", "again.note")
    assert again.exit_code == 0
    assert (tmp_path / "again.note").read_bytes() == (tmp_path / "genesis.note").read_bytes()


def test_a_missing_signature_is_named(run: Run, tmp_path: Path) -> None:
    """A genesis without one member's signature is none, and is not written."""
    _founded(run)
    done = run("join", "TR.note", "-o", "half.note")
    assert done.exit_code == 2
    assert "clearline/IL/root" in done.output
    assert not (tmp_path / "half.note").exists()


def test_signatures_under_different_texts_are_not_joined(run: Run, tmp_path: Path) -> None:
    """Two geneses of the same members differ, and a signature under one is none under the other."""
    _founded(run)
    run("genesis", "--channel", "Test", "TR/member.json", "IL/member.json", "-o", "other.text")
    run("sign", "other.text", "--root", "IL/keys/root.key", "--member", "IL", "-o", "other.IL")
    done = run("join", "TR.note", "other.IL", "-o", "mixed.note")
    assert done.exit_code == 2
    assert "another text" in done.output


def test_nobody_signs_a_genesis_that_swaps_their_keys(run: Run, tmp_path: Path) -> None:
    """A genesis with one key of the signer replaced is refused before the root is used."""
    _make(run, "TR")
    _make(run, "IL")
    _make(run, "TR", folder="thief")
    card, thief = (json.loads((tmp_path / d / "member.json").read_text()) for d in ("TR", "thief"))
    card["keys"]["officers"] = thief["keys"]["officers"]
    (tmp_path / "swapped.json").write_text(json.dumps(card))
    assert run("genesis", "--channel", "Test", "swapped.json", "IL/member.json", "-o", "swapped.text").exit_code == 0
    done = run("sign", "swapped.text", "--root", "TR/keys/root.key", "--member", "TR", "-o", "signed")
    assert done.exit_code == 2
    assert "do not sign" in done.output
    assert not (tmp_path / "signed").exists()


def test_another_s_root_signs_nothing(run: Run, tmp_path: Path) -> None:
    """A root key that the genesis does not name for the member is refused."""
    _founded(run)
    words = ("--root", "IL/keys/root.key", "--card", "TR/member.json", "--member", "TR", "-o", "wrong")
    done = run("sign", "genesis.text", *words)
    assert done.exit_code == 2
    assert "is not the root key" in done.output


def test_a_node_is_taken_into_its_channel(run: Run, tmp_path: Path) -> None:
    """`install` writes genesis and configuration, and can be run again to change addresses."""
    _founded(run)
    words = ("--peer", "IL=http://127.0.0.1:8802")
    done = run("install", "TR", "genesis.note", "--listen", "127.0.0.1:8801", *words)
    assert done.exit_code == 0, done.output
    config = read_config(tmp_path / "TR")
    assert (config.member, config.host, config.port) == ("TR", "127.0.0.1", 8801)
    assert config.peers == {"IL": "http://127.0.0.1:8802"}
    assert run("install", "TR", "genesis.note", "--listen", "[::1]:9001", *words).exit_code == 0
    assert (read_config(tmp_path / "TR").host, read_config(tmp_path / "TR").port) == ("::1", 9001)
    assert "Channel Test" in run("show", "TR").output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--listen", "0.0.0.0:8801"), "plain HTTP"),
        (("--listen", "example.org:8801"), "plain HTTP"),
        (("--listen", "127.0.0.1"), "an address and a port"),
        (("--listen", "127.0.0.1:99999"), "an address and a port"),
        (("--listen", "127.0.0.1:1", "--peer", "IL=http://192.0.2.1:1"), "plain HTTP"),
        (("--listen", "127.0.0.1:1", "--peer", "IL=ftp://127.0.0.1"), "URL of a node"),
        (("--listen", "127.0.0.1:1", "--peer", "IL=http://me@127.0.0.1:1"), "URL of a node"),
        (("--listen", "127.0.0.1:1", "--peer", "TR=http://127.0.0.1:1"), "each other member once: IL"),
        (("--listen", "127.0.0.1:1", "--peer", "IL"), "each other member once: IL"),
    ],
)
def test_addresses_that_would_leave_the_machine_are_refused(
    run: Run, tmp_path: Path, words: tuple[str, ...], said: str
) -> None:
    """Bad addresses are refused with the reason, and nothing is installed."""
    _founded(run)
    done = run("install", "TR", "genesis.note", *words)
    assert done.exit_code == 2
    assert said in done.output
    assert not (tmp_path / "TR/genesis.note").exists()
    assert not (tmp_path / "TR/node.json").exists()


def test_a_folder_with_other_keys_is_not_installed(run: Run, tmp_path: Path) -> None:
    """Keys that the genesis does not name are refused, whether the card or a key file differs."""
    _founded(run)
    _make(run, "TR", folder="other")
    done = run("install", "other", "genesis.note", "--listen", "127.0.0.1:8801")
    assert done.exit_code == 2
    assert "other keys" in done.output
    (tmp_path / "TR/keys/main.key").write_text((tmp_path / "other/keys/main.key").read_text())
    done = run("install", "TR", "genesis.note", "--listen", "127.0.0.1:8801")
    assert done.exit_code == 2
    assert "is not the key that the genesis names" in done.output
    assert not (tmp_path / "TR/genesis.note").exists()


def test_a_node_keeps_its_channel(run: Run, tmp_path: Path) -> None:
    """A folder that belongs to a channel is not moved to another one."""
    _founded(run)
    run("install", "TR", "genesis.note", "--listen", "127.0.0.1:8801")
    run("genesis", "--channel", "Other", "TR/member.json", "IL/member.json", "-o", "other.text")
    for member in ("IL", "TR"):
        run("sign", "other.text", "--root", f"{member}/keys/root.key", "--member", member, "-o", f"o.{member}")
    assert run("join", "o.IL", "o.TR", "-o", "other.note").exit_code == 0
    done = run("install", "TR", "other.note", "--listen", "127.0.0.1:8801")
    assert done.exit_code == 2
    assert "another channel" in done.output


def test_a_token_is_shown_once_and_kept_as_a_hash(run: Run, tmp_path: Path) -> None:
    """Standard output is the token alone; the folder holds only what recognises it."""
    _founded(run)
    run("install", "TR", "genesis.note", "--listen", "127.0.0.1:8801")
    done = run("token", "TR", "--officer", "1")
    assert done.exit_code == 0
    token = done.stdout.strip()
    assert len(token) == 32
    assert officer_of(read_tokens(tmp_path / "TR"), token) == "1"
    assert token not in (tmp_path / "TR/tokens.json").read_text()
    assert token not in run("show", "TR").output
    refused = run("token", "TR", "--officer", "7")
    assert refused.exit_code == 2
    assert "an officer of this card: 1" in refused.output


def test_a_key_that_others_can_read_is_shown(run: Run, tmp_path: Path) -> None:
    """`show` says which key file others can read and what to do."""
    _make(run, "TR")
    (tmp_path / "TR/keys/main.key").chmod(0o644)
    output = run("show", "TR").output
    assert "OTHERS CAN READ IT" in output
    assert "chmod 600" in output


@pytest.mark.parametrize("content", ["", "no json", "[]", '{"id": "TR"}', "\x00", '{"id": "TR", "id": "IL"}'])
def test_a_bad_card_is_named(run: Run, tmp_path: Path, content: str) -> None:
    """Whatever a card holds, the answer is a refusal that names the file."""
    _make(run, "TR")
    (tmp_path / "bad.json").write_text(content)
    done = run("genesis", "--channel", "Test", "TR/member.json", "bad.json", "-o", "g")
    assert done.exit_code == 2
    assert "bad.json" in done.output
    assert not (tmp_path / "g").exists()


def test_help_lists_the_founding_in_its_order_and_cuts_no_sentence() -> None:
    """A newcomer reads the steps from top to bottom; a mistyped command is answered with the nearest."""
    shown = CliRunner().invoke(main, ["keys", "--help"]).stdout.partition("Commands:")[2]
    founding = ["make", "card", "genesis", "sign", "join", "install", "tls", "tls-sign", "token", "show"]
    later = ["list", "new", "grant", "rotate", "revoke", "say", "end", "begin"]
    assert re.findall(r"^  ([a-z-]+) ", shown, re.M) == [*founding, *later]
    assert "..." not in shown
    assert "Did you mean verify?" in CliRunner().invoke(main, ["verifi"]).stderr
