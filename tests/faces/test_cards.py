"""Roots handed over face to face: a page with a QR code and words, and a member that is taken up by hearing them."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from clearline.errors import Malformed
from clearline.faces.cli import main
from clearline.faces.cli.fingerprint import root_fingerprint, root_vkey, spoken
from clearline.faces.cli.member import digits_of

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)

    def ran(*words: object, typed: str = "") -> Result:
        return CliRunner().invoke(main, [str(word) for word in words], input=typed)

    for member in ("IL", "TR"):
        made = ran("keys", "make", member, "--member", member, "--name", f"Member <{member}>", "--role", "party")
        assert made.exit_code == 0, made.output
    return ran


def words_of(member: str) -> str:
    card = json.loads(Path(member, "member.json").read_text())
    return spoken(root_fingerprint(member, base64.b64decode(card["root"])))


def test_the_card_is_one_page_and_one_screen(run: Run) -> None:
    """QR code, digits, words and vkey, the same on page and terminal; no secret, nothing that is loaded."""
    assert run("keys", "card", "TR", "--html", "card.html").exit_code == 0
    page, screen = Path("card.html").read_text(), run("keys", "card", "TR/member.json").output
    root = base64.b64decode(json.loads(Path("TR/member.json").read_text())["root"])
    for group in words_of("TR").split(", "):
        assert group in page and group in screen
    assert root_vkey("TR", root) in page and root_vkey("TR", root) in screen
    assert "<svg" in page and "█" in screen
    assert "Member &lt;TR&gt;" in page and "Member <TR>" not in page
    assert not re.search(r"(src|href)=|https?://(?!www\.w3\.org)", page)
    for path in Path("TR/keys").iterdir():
        assert path.read_text().strip() not in page + screen
    again = run("keys", "card", "TR", "--html", "card.html")
    assert (again.exit_code, "exists already" in again.output) == (2, True)


def test_the_qr_code_says_the_root(run: Run) -> None:
    """The code is the one that the root's vkey text gives, module by module."""
    import segno

    run("keys", "card", "TR", "--html", "card.html")
    root = base64.b64decode(json.loads(Path("TR/member.json").read_text())["root"])
    code = segno.make(root_vkey("TR", root), error="q", micro=False)
    assert code.svg_inline(scale=6, border=4) in Path("card.html").read_text()


def test_a_root_is_taken_up_by_its_words(run: Run) -> None:
    """What would be trusted is shown, the words are not; typed as heard, the root is kept; typed wrongly, it is not."""
    shown = run("member", "add", "TR/member.json", "--into", "IL", typed=words_of("IL") + "\n")
    assert shown.exit_code == 2 and "not the words" in shown.output
    assert "trusted as TR: Member <TR>, party" in shown.output and "officer 1: duty watch" in shown.output
    assert words_of("TR").split(", ")[0] not in shown.output
    assert not Path("IL/anchors").exists()
    done = run("member", "add", "TR/member.json", "--into", "IL", typed=words_of("TR").lower() + "\n")
    assert done.exit_code == 0, done.output
    root = base64.b64decode(json.loads(Path("TR/member.json").read_text())["root"])
    assert Path("IL/anchors/TR.root").read_text().strip() == root_vkey("TR", root)
    assert root_vkey("TR", root) in run("member", "list", "IL").output
    assert run("member", "add", "TR/member.json", "--into", "IL", "--words", words_of("TR")).exit_code == 0
    refused = run("member", "add", "IL/member.json", "--into", "IL", "--words", words_of("IL"))
    assert (refused.exit_code, "own member" in refused.output) == (2, True)


def test_no_genesis_with_another_root_is_signed(run: Run) -> None:
    """A card that was swapped on its way is found when the genesis is signed; what was never compared is named."""
    run("keys", "make", "false", "--member", "TR", "--name", "Member <TR>", "--role", "party")
    run("keys", "genesis", "--channel", "T", "false/member.json", "IL/member.json", "-o", "g")
    sign = ("keys", "sign", "g", "--root", "IL/keys/root.key", "--member", "IL")
    unaware = run(*sign, "-o", "unaware")
    assert unaware.exit_code == 0 and "The roots of TR were never compared" in unaware.output
    run("member", "add", "TR/member.json", "--into", "IL", "--words", words_of("TR"))
    aware = run(*sign, "-o", "aware")
    assert (aware.exit_code, "another root for TR" in aware.output) == (2, True)
    assert not Path("aware").exists()


@pytest.mark.parametrize("given", ["", "Alfa", "x" * 32, "0" * 31, "0" * 33, "Kilo " * 32, "0 " * 31 + "November"])
def test_words_that_are_none_are_refused(given: str) -> None:
    with pytest.raises(Malformed):
        digits_of(given)


def test_words_and_digits_are_the_same() -> None:
    """As words, as digits, mixed, in any case and with any signs between them."""
    digits = "0123456789abcdef" * 2
    mixed = "Zero, 1 Two 3-4.5 " + digits[6:].upper()
    for given in (digits, digits.upper(), spoken(digits), spoken(digits).lower().replace(",", ";"), mixed):
        assert digits_of(given) == digits
