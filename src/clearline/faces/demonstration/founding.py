"""The folders of the demonstration: keys, genesis and configuration of five nodes, founded once and found again."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from clearline.bootstrap import now, randomness
from clearline.channel.founding import genesis_text, sign_genesis
from clearline.errors import Refused
from clearline.faces.cli.keys_genesis import CARD, card_text
from clearline.faces.cli.telling import write_new
from clearline.faces.demonstration.members import CHANNEL, HOST, PARTICIPANTS, Station, port_of
from clearline.records.words import MemberId
from clearline.signing.note import encode_note
from clearline.store.folder import (
    NodeConfig,
    add_token,
    make_member,
    read_private,
    root_signer,
    write_config,
    write_private,
)
from clearline.volumes.instant import Instant

MARK = "demonstration.json"
FORMAT = "demonstration/v1"
OFFICER = "1"

RELEASING = "releasing"
"""Folder of the releasing officers' keys, beside the nodes' folders and never in one."""

VALID_MS = 730 * 86_400_000
"""For how long the demonstration's keys are good: two years, as `clearline keys make` makes them."""


class OtherFolder(Refused):
    """The folder holds something that the demonstration did not make."""

    slug, title, status = "other-folder", "No folder of a demonstration", 422


class InUse(Refused):
    """Another process runs the demonstration of this folder."""

    slug, title, status = "in-use", "Folder in use", 409


class Stage(StrEnum):
    """How far the demonstration in a folder has come."""

    FOUNDED = "founded"
    BEGUN = "begun"
    PLAYED = "played"


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep others from running the demonstration of an existing folder meanwhile.

    Raises:
        InUse: One runs already.
    """
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InUse(f"another demonstration runs with {folder}; end it, or name another folder") from None
        yield
    finally:
        os.close(handle)


def prepare(folder: Path) -> Stage:
    """Found the five members in `folder`, or find them there; return how far the day was played.

    Raises:
        OtherFolder: It holds something else, or a demonstration of another make.
        OSError: It cannot be written.
    """
    if (folder / MARK).exists():
        return _read_mark(folder / MARK)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OtherFolder(
            f"{folder} is no folder of a demonstration and not empty; nothing was changed. "
            "Name a new folder with --data, or leave --data out"
        )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        _found(folder)
    except BaseException:
        for one in PARTICIPANTS:
            shutil.rmtree(folder / one.id, ignore_errors=True)
        shutil.rmtree(folder / RELEASING, ignore_errors=True)
        raise
    mark(folder, Stage.FOUNDED)
    return Stage.FOUNDED


def mark(folder: Path, stage: Stage) -> None:
    """Note how far the day was played, so that the next start continues after it."""
    write_private(folder / MARK, json.dumps({"clearline": FORMAT, "stage": stage.value}) + "\n", replace=True)


def configure(folder: Path, base: int) -> tuple[Station, ...]:
    """Write each node's addresses for ports above `base` and make each first officer a new token, the only one."""
    urls = {one.id: f"http://{HOST}:{port_of(one.id, base)}" for one in PARTICIPANTS}
    stations = []
    for one in PARTICIPANTS:
        own, port = folder / one.id, port_of(one.id, base)
        peers = {member: url for member, url in urls.items() if member != one.id}
        write_config(own, NodeConfig(MemberId(one.id), HOST, port, peers, demonstration=True))
        write_private(own / "tokens.json", "{}\n", replace=True)
        token = add_token(own, officer=OFFICER, random=randomness)
        releasing = str(len(one.positions) + 1)
        key = folder / RELEASING / f"{one.id}-officer-{releasing}.key"
        stations.append(Station(one.id, one.name, port, token, releasing, key))
    return tuple(stations)


def _found(folder: Path) -> None:
    cards = []
    for one in PARTICIPANTS:
        own = folder / one.id
        card = make_member(
            own,
            member=one.id,
            name=one.name,
            role=one.role,
            positions=list(one.positions),
            random=randomness,
            releasing=one.releasing,
            releasing_folder=folder / RELEASING,
            until=Instant(now() + VALID_MS),
        )
        write_new(own / CARD, card_text(card))
        cards.append(card)
    # A drill, so that a record of fictional traffic can never be taken for one of the real channel.
    text = genesis_text(channel=CHANNEL, drill=True, cards=cards, created=now(), nonce=randomness(32))
    note = encode_note(sign_genesis(text, [root_signer(folder / one.id, one.id) for one in PARTICIPANTS])).decode()
    for one in PARTICIPANTS:
        write_private(folder / one.id / "genesis.note", note)


def _read_mark(path: Path) -> Stage:
    try:
        value = json.loads(read_private(path))
        if value["clearline"] != FORMAT:
            raise ValueError(value["clearline"])
        stage = Stage(value["stage"])
    except (ValueError, KeyError, TypeError):
        raise OtherFolder(f"{path} is of another version or damaged; name a new folder with --data") from None
    missing = [one.id for one in PARTICIPANTS if not (path.parent / one.id / "genesis.note").exists()]
    if missing:
        raise OtherFolder(f"{path.parent} lacks the folder of {', '.join(missing)}; name a new folder with --data")
    return stage
