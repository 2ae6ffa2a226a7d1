"""Header and genesis: one text a value, everything else refused with its place."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest

from clearline.errors import Malformed, Refused, TooLarge
from clearline.records import canonical, genesis, header
from clearline.records.genesis import Genesis, Role
from clearline.records.header import Header, Known, Slot, commitment, entry_id, opens
from clearline.records.words import MemberId
from clearline.testing.members import START, founded_channel
from clearline.volumes.instant import Instant

IL, SY, TR = map(MemberId, ("IL", "SY", "TR"))
HEADER = Header(
    channel="c" * 64,
    author=TR,
    nonce=bytes(range(16)),
    claimed=START,
    expires=Instant(START + 1),
    slots=(Slot((IL, TR), bytes(32)), Slot((SY,), b"\x01" * 32)),
    seen=(("IL/main", Known(3, bytes(32))), ("IL/safety", Known(1, bytes(32)))),
)


def spelled(members: dict[str, Any], first: str = header.FIRST_LINE) -> str:
    return f"{first}\n{canonical.encode(members).decode()}\n"


def members_of(text: str) -> dict[str, Any]:
    return dict(json.loads(text.split("\n")[1]))


def test_a_header_comes_back() -> None:
    """Text and value stand for each other; the audience is the union of the bodies' audiences."""
    text = header.to_text(HEADER)
    assert header.from_text(text, where="x") == header.from_text(text, where="x", stored=True) == HEADER
    assert HEADER.audience == (IL, SY, TR)
    assert (HEADER.slots_for(IL), HEADER.slots_for(SY), HEADER.slots_for(MemberId("AZ"))) == ((0,), (1,), ())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        header.FIRST_LINE,
        header.to_text(HEADER)[:-1],
        header.to_text(HEADER) + "\n",
        "\n" + header.to_text(HEADER),
        header.to_text(HEADER).replace("/v1", "/v2", 1),
        header.to_text(HEADER).replace("\n{", "\n {", 1),
        header.to_text(HEADER).replace("\n{", "\r\n{", 1),
        f"{header.FIRST_LINE}\n[]\n",
    ],
)
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(Malformed):
        header.from_text(text, where="x")


@pytest.mark.parametrize("name", ["audience", "author", "bodies", "channel", "claimed", "expires", "nonce", "seen"])
def test_each_member_is_needed_and_typed(name: str) -> None:
    members = members_of(header.to_text(HEADER))
    wrongs: list[Any] = [..., None, "x", -1, [], True]
    for wrong in wrongs:
        changed = {k: v for k, v in members.items() if k != name or wrong is not ...}
        if wrong is not ...:
            changed[name] = wrong
        with pytest.raises(Malformed) as caught:
            header.from_text(spelled(changed), where="x")
        assert caught.value.where.startswith("x/")
    with pytest.raises(Malformed, match="x/zzz"):
        header.from_text(spelled({**members, "zzz": 1}), where="x")


def test_bounds_of_a_header() -> None:
    slot = Slot((TR,), bytes(32))
    assert header.from_text(header.to_text(replace(HEADER, slots=(slot,) * 4)), where="x")
    with pytest.raises(Malformed, match="x/bodies"):
        header.from_text(header.to_text(replace(HEADER, slots=(slot,) * 5)), where="x")
    many = tuple(MemberId(f"M{n:02}") for n in range(33))
    with pytest.raises(Malformed, match="audience"):
        header.from_text(header.to_text(replace(HEADER, slots=(Slot((*many, TR), bytes(32)),))), where="x")
    seen = tuple((f"{m}/{log}", Known(1, bytes(32))) for m in many for log in header.LOGS)
    with pytest.raises(Malformed, match="x/seen"):
        header.from_text(header.to_text(replace(HEADER, seen=seen)), where="x")
    assert header.from_text(header.to_text(replace(HEADER, seen=seen[:64])), where="x").seen == seen[:64]
    with pytest.raises(TooLarge):
        header.from_text(f'{header.FIRST_LINE}\n"{"x" * header.HEADER_BYTES_MAX}"\n', where="x")


def test_commitments_open_for_their_body_and_salt_alone() -> None:
    salt, body = bytes(range(32)), b"body"
    slot = Slot((TR,), commitment(salt, body))
    assert opens(slot, salt, body)
    for wrong in (
        (salt, b"Body"),
        (salt[:-1] + b"x", body),
        (salt[:-1], salt[-1:] + body),
        (salt + b"b", b"ody"),
        (b"", salt + body),
    ):
        assert not opens(slot, *wrong)


def test_an_entry_id_is_a_hash_of_its_own_domain() -> None:
    assert entry_id(b"note") == hashlib.sha256(b"clearline/entry/v1\nnote").hexdigest()


# Genesis

FOUNDED: Genesis = founded_channel((("IL", Role.PARTY), ("TR", Role.PARTY), ("UN", Role.HUMANITARIAN))).roster.genesis
TEXT = genesis.to_text(FOUNDED)


def test_a_genesis_comes_back_and_names_its_channel() -> None:
    assert genesis.from_text(TEXT, where="x") == FOUNDED
    assert FOUNDED.parties == (IL, TR)
    other = genesis.to_text(replace(FOUNDED, drill=True))
    assert genesis.channel_id(TEXT) != genesis.channel_id(other)
    assert len(genesis.channel_id(TEXT)) == 64


def changed_genesis(path: tuple[str | int, ...], new: object) -> str:
    members = members_of(TEXT)
    inner: Any = members
    for step in path[:-1]:
        inner = inner[step]
    if new is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = new
    return spelled(members, genesis.FIRST_LINE)


@pytest.mark.parametrize(
    ("path", "new", "where"),
    [
        (("members",), members_of(TEXT)["members"][:1], "x/members"),
        (("members",), members_of(TEXT)["members"][::-1], "x/members/1"),
        (("members",), members_of(TEXT)["members"][:1] * 2, "x/members/1"),
        (("members", 0, "root"), members_of(TEXT)["members"][1]["root"], "x/members"),
        (("members", 0, "keys", "mirror"), members_of(TEXT)["members"][0]["keys"]["delivery"], "x/members"),
        (("members", 0, "keys", "officers"), [], "x/members/0/keys/officers"),
        (("members", 0, "keys", "officers", 0, "officer"), "2", "x/members/0/keys/officers/1"),
        (("members", 0, "keys", "officers", 0, "officer"), "1/2", "x/members/0/keys/officers/0/officer"),
        (("members", 0, "keys", "officers", 0, "releasing"), 1, "x/members/0/keys/officers/0/releasing"),
        (("members", 0, "keys", "officers", 0, "releasing"), ..., "x/members/0/keys/officers/0/releasing"),
        (("members", 0, "keys", "main"), "AA==", "x/members/0/keys/main"),
        (("members", 0, "keys", "sealing"), ..., "x/members/0/keys/sealing"),
        (("members", 0, "keys", "sealing"), members_of(TEXT)["members"][0]["keys"]["main"], "x/members"),
        (("members", 0, "until"), ..., "x/members/0/until"),
        (("members", 1, "until"), members_of(TEXT)["created"], "x/members/1/until"),
        (("members", 0, "keys", "more"), "", "x/members/0/keys/more"),
        (("members", 0, "role"), "king", "x/members/0/role"),
        (("members", 0, "id"), "il", "x/members/0/id"),
        (("members", 0, "extra"), 1, "x/members/0/extra"),
        (("drill",), 0, "x/drill"),
        (("nonce",), ..., "x/nonce"),
        (("channel",), "", "x/channel"),
        (("extra",), 1, "x/extra"),
    ],
)
def test_each_rule_of_a_genesis(path: tuple[str | int, ...], new: object, where: str) -> None:
    with pytest.raises(Malformed) as caught:
        genesis.from_text(changed_genesis(path, new), where="x")
    assert caught.value.where == where


def test_other_forms_of_a_genesis() -> None:
    for text in ("", TEXT[:-1], TEXT + "\n", TEXT.replace("v1", "v2", 1), TEXT.replace("\n{", "\n{ ", 1)):
        with pytest.raises(Refused):
            genesis.from_text(text, where="x")
