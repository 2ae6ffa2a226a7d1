"""`clearline node`: it runs, ends when asked or when its parent is gone, and refuses bad folders and addresses."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from clearline.bootstrap import randomness
from clearline.channel.founding import genesis_text, sign_genesis
from clearline.records.genesis import Role
from clearline.records.words import MemberId
from clearline.signing.note import encode_note
from clearline.store.folder import NodeConfig, add_token, make_member, read_config, root_signer, write_config
from clearline.volumes.instant import Instant

ENDS_WITHIN_S = 3.0


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of TR's node in a channel of two."""
    base = tmp_path_factory.mktemp("founded")
    cards = [
        make_member(base / m, member=m, name=m, role=Role.PARTY, positions=["watch"], random=randomness)
        for m in ("IL", "TR")
    ]
    text = genesis_text(channel="Test", drill=True, cards=cards, created=Instant(0), nonce=randomness(32))
    note = encode_note(sign_genesis(text, [root_signer(base / m, m) for m in ("IL", "TR")]))
    (base / "TR/genesis.note").write_bytes(note)
    return base / "TR"


@pytest.fixture
def folder(founded: Path) -> Path:
    """Return the folder, configured for a free port."""
    write_config(founded, NodeConfig(MemberId("TR"), "127.0.0.1", _free_port(), {}))
    (founded / "tokens.json").unlink(missing_ok=True)
    add_token(founded, officer="1", random=randomness)
    return founded


def _command(folder: Path, *words: str) -> list[str]:
    return [sys.executable, "-m", "clearline", "node", str(folder), *words]


@contextmanager
def _node(folder: Path, *words: str) -> Iterator[subprocess.Popen[str]]:
    """Run a node until the context is left; it is ready when given."""
    process = subprocess.Popen(_command(folder, *words), stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert process.stderr is not None
        line = process.stderr.readline()
        while "ready" not in line:
            assert line, f"ended with {process.wait()}"
            line = process.stderr.readline()
        yield process
    finally:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stderr):
            if stream is not None:
                stream.close()


def _refused(folder: Path, *words: str) -> str:
    done = subprocess.run(_command(folder, *words), capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_node_ends_when_asked(folder: Path, number: signal.Signals) -> None:
    """SIGINT and SIGTERM end it within three seconds with status 0, also while a client holds a connection."""
    with _node(folder) as process:
        port = read_config(folder).port
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/openapi.json", timeout=5) as answer:
            assert answer.status == 200
        with socket.create_connection(("127.0.0.1", port)):
            began = time.monotonic()
            process.send_signal(number)
            assert process.wait(ENDS_WITHIN_S) == 0
            assert time.monotonic() - began <= ENDS_WITHIN_S


def test_a_node_ends_with_its_parent(folder: Path) -> None:
    """With the hidden option, the end of standard input ends it: what a parent's death by SIGKILL brings."""
    with _node(folder, "--until-stdin-ends") as process:
        assert process.stdin is not None
        process.stdin.close()
        assert process.wait(ENDS_WITHIN_S) == 0


def test_a_folder_that_is_none_is_refused(tmp_path: Path) -> None:
    """A folder without a configuration is named, and what makes one."""
    assert "node.json is missing" in _refused(tmp_path)
    assert "clearline keys make" in _refused(tmp_path / "absent")


def test_a_node_stays_on_this_machine(folder: Path) -> None:
    """An address that others reach is refused with the reason, as option and as configuration."""
    assert "plain HTTP" in _refused(folder, "--host", "192.0.2.7")
    write_config(folder, NodeConfig(MemberId("TR"), "192.0.2.1", 8801, {}))
    assert "plain HTTP" in _refused(folder)
    write_config(folder, NodeConfig(MemberId("TR"), "127.0.0.1", 8801, {"IL": "http://192.0.2.1:8802"}))
    assert "plain HTTP" in _refused(folder)


def test_a_taken_port_is_named(folder: Path) -> None:
    """A port in use is refused by number, with the option that chooses another."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        said = _refused(folder, "--port", str(port))
    assert str(port) in said
    assert "--port" in said


def test_a_key_that_others_can_read_is_refused(folder: Path) -> None:
    """A private key readable by others stops the node before it listens, and names the remedy."""
    key = folder / "keys/main.key"
    key.chmod(0o640)
    try:
        assert "chmod 600" in _refused(folder)
    finally:
        key.chmod(0o600)
