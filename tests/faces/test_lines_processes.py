"""Two nodes as processes of their own, founded at the command line, in a channel that is no drill: TLS or nothing."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from clearline.bootstrap import make_certificate, now
from clearline.faces.cli import main
from clearline.store.folder import read_config, read_roster, read_seed, write_config
from clearline.testing.notice_files import notice_file
from clearline.volumes.instant import Instant

READY_S = 30.0


def keys(*words: str) -> str:
    done = CliRunner().invoke(main, ["keys", *words], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.stdout


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Found a channel of IL and TR by the commands that an engineer types; roots offline for IL's certificate."""
    base = tmp_path_factory.mktemp("founded")
    before = Path.cwd()
    os.chdir(base)
    try:
        for member in ("IL", "TR"):
            keys("make", member, "--member", member, "--name", member, "--role", "party")
        keys("genesis", "--channel", "Real", "TR/member.json", "IL/member.json", "-o", "genesis.text")
        for member in ("IL", "TR"):
            root = f"{member}/keys/root.key"
            keys("sign", "genesis.text", "--root", root, "--member", member, "-o", f"genesis.{member}")
        keys("join", "genesis.IL", "genesis.TR", "-o", "genesis.note")
        il, il_peers, tr, tr_peers = _free_ports(4)
        for member, port, peers, other, there in (
            ("IL", il, il_peers, "TR", tr_peers),
            ("TR", tr, tr_peers, "IL", il_peers),
        ):
            doors = ("--listen", f"127.0.0.1:{port}", "--peers-listen", f"127.0.0.1:{peers}")
            keys("install", member, "genesis.note", *doors, "--peer", f"{other}=https://127.0.0.1:{there}")
            (base / f"{member}.token").write_text(keys("token", member, "--officer", "1").strip())
        keys("tls", "TR", "--root", "TR/keys/root.key")
        (base / "IL/keys/root.key").rename(base / "offline.key")
        keys("tls", "IL", "--request", "tls.request")
        keys("tls-sign", "tls.request", "--genesis", "genesis.note", "--root", "offline.key", "-o", "tls.crt")
        keys("tls", "IL", "--certificate", "tls.crt")
    finally:
        os.chdir(before)
    return base


@contextmanager
def process(folder: Path) -> Iterator[subprocess.Popen[str]]:
    words = [sys.executable, "-m", "clearline", "node", str(folder), "--until-stdin-ends"]
    started = subprocess.Popen(words, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    try:
        assert started.stderr is not None
        end = time.monotonic() + READY_S
        line = started.stderr.readline()
        while "ready" not in line:
            assert line and time.monotonic() < end, f"ended with {started.wait()}"
            line = started.stderr.readline()
        yield started
    finally:
        started.kill()
        started.wait()
        for stream in (started.stdin, started.stderr):
            if stream is not None:
                stream.close()


def asked(folder: Path, path: str, body: object = None) -> dict[str, object]:
    url = f"http://127.0.0.1:{read_config(folder).port}{path}"
    token = folder.with_suffix(".token").read_text()
    headers = {"authorization": f"Bearer {token}", "content-type": "application/json"}
    request = urllib.request.Request(url, None if body is None else json.dumps(body).encode(), headers)
    end = time.monotonic() + READY_S
    while True:
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310 -- this test's own node
                found: dict[str, object] = json.loads(answer.read())
                return found
        except urllib.error.HTTPError as fault:
            # A node that has just started asks its peers how far its own logs are before it signs.
            if fault.code != 503 or time.monotonic() > end:
                raise
            time.sleep(0.1)


def _line(folder: Path) -> Any:
    health: Any = asked(folder, "/api/v1/health")
    (line,) = health["lines"]
    return line


def refused(folder: Path) -> str:
    words = [sys.executable, "-m", "clearline", "node", str(folder)]
    done = subprocess.run(words, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 2 and "Traceback" not in done.stderr, done.stderr
    return done.stderr


def test_two_processes_deliver_over_tls(founded: Path) -> None:
    with process(founded / "IL"), process(founded / "TR"):
        filed = asked(founded / "TR", "/api/v1/notices", notice_file("TR", "TR-1"))
        assert filed["notice"] == "TR-1"
        end = time.monotonic() + READY_S
        line = _line(founded / "TR")
        while not line["delivery"]["main"] and time.monotonic() < end:
            time.sleep(0.05)
            line = _line(founded / "TR")
        assert (line["state"], line["delivery"]["main"], line["fault"]) == ("up", 1, "")


def test_a_node_that_would_speak_plain_http_does_not_start(founded: Path) -> None:
    """Without a door for peers, or with a peer over http: refused by name, with what to do."""
    folder = founded / "TR"
    config = read_config(folder)
    try:
        write_config(folder, replace(config, peers_host="", peers_port=0))
        assert "--peers-listen" in refused(folder)
        write_config(folder, replace(config, peers={"IL": "http://127.0.0.1:8801"}))
        assert "is not https" in refused(folder)
    finally:
        write_config(folder, config)


def test_a_node_whose_certificate_has_expired_does_not_start(founded: Path) -> None:
    folder = founded / "TR"
    before = (folder / "tls.crt").read_bytes()
    try:
        at, seed = now(), read_seed(folder / "keys/root.key")
        start, end = Instant(at - 2 * 86_400_000), Instant(at - 86_400_000)
        make_certificate(folder, read_roster(folder), read_config(folder).member, seed, start=start, end=end)
        said = refused(folder)
        assert "has expired" in said and "clearline keys tls" in said
    finally:
        (folder / "tls.crt").write_bytes(before)


def test_a_certificate_for_another_key_is_not_taken_in(founded: Path, tmp_path: Path) -> None:
    (tmp_path / "TR.crt").write_bytes((founded / "TR/tls.crt").read_bytes())
    done = CliRunner().invoke(main, ["keys", "tls", str(founded / "IL"), "--certificate", str(tmp_path / "TR.crt")])
    assert done.exit_code == 2 and "is not for the key of IL" in done.output
    done = CliRunner().invoke(main, ["keys", "tls", str(founded / "IL")])
    assert done.exit_code == 2 and "name one of" in done.output
