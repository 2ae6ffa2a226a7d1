"""`kill -9` at random moments of a busy writer, many times over: `python -m clearline.testing.kills COUNT [SEED]`.

Each child of `clearline.testing.busy_writer` runs two nodes over SQLite files and prints what it has answered. It is
killed at a random moment, at work or while it loads; then both records are loaded and judged.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from clearline.channel import stored
from clearline.picture.fold import Picture
from clearline.records.header import entry_id
from clearline.testing.busy_writer import PAIR, loaded

LOADING = 4
"""Of so many kills one comes while the nodes still load; the others come while they work."""

PAUSE_S = 0.1
"""The longest wait before a kill, once the lines that were waited for have come."""


@dataclass(slots=True)
class Answered:
    """What the killed writers had answered: entries said, by member and log, and sizes held with their bodies."""

    said: dict[tuple[str, str], dict[int, str]] = field(default_factory=dict)
    holds: dict[tuple[str, str], int] = field(default_factory=dict)

    def take(self, line: str) -> None:
        """Take in one line of a writer.

        Raises:
            AssertionError: The writer ended by a fault of its own.
        """
        match line.split():
            case ["said", member, log, index, entry]:
                self.said.setdefault((member, f"{member}/{log}"), {})[int(index)] = entry
            case ["holds", member, log, size]:
                self.holds[member, log] = max(int(size), self.holds.get((member, log), 0))
            case ["loaded"]:
                pass
            case _:
                raise AssertionError(line)

    @property
    def count(self) -> int:
        """Return how many entries were answered."""
        return sum(len(entries) for entries in self.said.values())


def kill_and_judge(folder: Path, kills: int, *, seed: int, judge_every: int = 1) -> Answered:
    """Kill `kills` writers in `folder`, and judge the records after every `judge_every` of them and at the end.

    Raises:
        AssertionError: Something that was answered is gone, or a record does not load as it should.
    """
    numbers, answered = random.Random(seed), Answered()
    with subprocess.Popen(
        [sys.executable, "-m", "clearline.testing.busy_writer", str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as writer:
        if writer.stdin is None or writer.stdout is None:
            raise AssertionError("the writer has no pipes")
        for number in range(kills):
            writer.stdin.write("go\n")
            writer.stdin.flush()
            pid = int(writer.stdout.readline().split()[1])
            lines = []
            if number % LOADING:
                lines = [writer.stdout.readline() for _ in range(numbers.randint(4, 12))]
            time.sleep(numbers.uniform(0.0, PAUSE_S))
            os.kill(pid, signal.SIGKILL)
            for line in (*lines, *iter(writer.stdout.readline, "ended\n")):
                answered.take(line)
            if (number + 1) % judge_every == 0 or number + 1 == kills:
                judge(folder, answered)
        writer.stdin.close()
    return answered


def judge(folder: Path, answered: Answered) -> None:
    """Load both records and hold them against what was answered.

    Raises:
        AssertionError: Names the first entry that is gone, or what does not hold.
    """
    for member in PAIR:
        node = loaded(folder, member)
        try:
            for (author, log), entries in answered.said.items():
                if author == member:
                    ids = [entry_id(item.note) for item in node.store.entries(log)]
                    lost = [index for index, entry in entries.items() if index >= len(ids) or ids[index] != entry]
                    if lost:
                        raise AssertionError(f"{member} lost entries {lost} of {log}, which were answered")
            for (holder, log), size in answered.holds.items():
                if holder == member and node.logs[log].delivered < size:
                    raise AssertionError(f"{member} holds {log} to {node.logs[log].delivered}, and had stated {size}")
            if node.alarms or node.read_only or node.picture.ineffective:
                raise AssertionError(f"{member}: {list(node.alarms)} {node.read_only} {dict(node.picture.ineffective)}")
            entries_of_logs = [e for held in node.logs.values() for e in stored.stored_entries(node, held)]
            again = Picture.of(node.roster.parties, entries_of_logs, keys=node.roster.first_keys())
            if again.value() != node.picture.value():
                raise AssertionError(f"{member}: the picture is not the fold of the store")
        finally:
            node.store.close()


def main() -> None:
    """Kill as many writers as asked, in folders that begin anew now and then, and say what came of it."""
    kills, seed = int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 9
    begun, done, entries, part = time.monotonic(), 0, 0, 100
    while done < kills:
        count = min(part, kills - done)
        with tempfile.TemporaryDirectory() as folder:
            entries += kill_and_judge(Path(folder), count, seed=seed + done, judge_every=5).count
        done += count
        print(f"{done} of {kills} kills, {entries} answered entries, none lost, {time.monotonic() - begun:.0f} s")


if __name__ == "__main__":
    main()
