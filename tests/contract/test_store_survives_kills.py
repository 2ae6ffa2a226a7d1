"""`kill -9` at any moment of a busy writer: what was answered is there, and the node starts cleanly."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from clearline.channel import reception
from clearline.picture.fold import Picture
from clearline.records.header import entry_id
from clearline.testing.busy_writer import PAIR, loaded

KILLS = 25


def test_kill_9_loses_nothing_that_was_answered(tmp_path: Path) -> None:
    """Over 25 kills of a process with two nodes: every printed entry stands, nobody is accused, the fold holds."""
    numbers = random.Random(9)
    said: dict[tuple[str, str], dict[int, str]] = {}
    holds: dict[tuple[str, str], int] = {}
    with subprocess.Popen(
        [sys.executable, "-m", "clearline.testing.busy_writer", str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as writer:
        assert writer.stdin is not None and writer.stdout is not None
        for number in range(KILLS):
            writer.stdin.write("go\n")
            writer.stdin.flush()
            pid = int(writer.stdout.readline().split()[1])
            lines: list[str] = []
            if number % 4:
                # Most are killed at work, some while they still load.
                lines = [writer.stdout.readline() for _ in range(numbers.randint(4, 12))]
            time.sleep(numbers.uniform(0.0, 0.1))
            os.kill(pid, signal.SIGKILL)
            for line in (*lines, *iter(writer.stdout.readline, "ended\n")):
                match line.split():
                    case ["said", member, log, index, entry]:
                        said.setdefault((member, f"{member}/{log}"), {})[int(index)] = entry
                    case ["holds", member, log, size]:
                        holds[member, log] = max(int(size), holds.get((member, log), 0))
                    case ["loaded"]:
                        pass
                    case _:
                        raise AssertionError(line)
            _check(tmp_path, said, holds)
        writer.stdin.close()
    assert writer.returncode == 0
    assert sum(len(entries) for entries in said.values()) > 2 * KILLS, "the writers hardly wrote: this proves little"


def _check(folder: Path, said: dict[tuple[str, str], dict[int, str]], holds: dict[tuple[str, str], int]) -> None:
    for member in PAIR:
        node = loaded(folder, member)
        try:
            for (author, log), entries in said.items():
                if author == member:
                    ids = [entry_id(item.note) for item in node.store.entries(log)]
                    assert all(ids[index] == entry for index, entry in entries.items())
            for (holder, log), size in holds.items():
                if holder == member:
                    assert node.logs[log].delivered >= size
            assert not node.alarms and not node.read_only
            assert not node.picture.ineffective
            entries_of_logs = [e for held in node.logs.values() for e in reception.stored_entries(node, held)]
            assert (
                Picture.of(node.roster.parties, entries_of_logs, keys=node.roster.first_keys()).value()
                == node.picture.value()
            )
        finally:
            node.store.close()
