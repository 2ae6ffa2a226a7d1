"""A power cut at each sync boundary of a real SQLite store: what was answered is there, and nothing half is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from clearline.channel import stored
from clearline.channel.node import Node
from clearline.channel.ports import PutEntry, Write
from clearline.picture.fold import Picture
from clearline.records.words import MemberId
from clearline.store.sqlite import SqliteStore
from clearline.testing.attack import hello
from clearline.testing.pair import Side
from clearline.testing.theatre import circle, draft

TR = MemberId("TR")


class Cut:
    """A store whose files are copied after each commit: what a power cut right then leaves on the disk."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "record.sqlite"
        self.store = SqliteStore(self.path)
        self.states: list[tuple[bytes, bytes, dict[str, int]]] = []
        self.sizes: dict[str, int] = {}
        self._commit = self.store.commit
        self.store.commit = self.commit  # type: ignore[method-assign]

    def commit(self, writes: Sequence[Write]) -> None:
        """Commit and keep the files as they are now."""
        self._commit(writes)
        for write in writes:
            if isinstance(write, PutEntry):
                self.sizes[write.log] = write.index + 1
        wal = self.path.with_name("record.sqlite-wal")
        self.states.append((self.path.read_bytes(), wal.read_bytes(), dict(self.sizes)))


def cuts(cut: Cut) -> Iterator[tuple[bytes, bytes, dict[str, int]]]:
    """Yield the files after each commit, and torn: with a part of the next commit's bytes, and with noise in it."""
    for number, (main, wal, sizes) in enumerate(cut.states):
        yield main, wal, sizes
        if number + 1 == len(cut.states):
            continue
        later_main, later, _ = cut.states[number + 1]
        if later_main == main and later.startswith(wal[:32]) and len(later) > len(wal):
            added = later[len(wal) :]
            for part in (1, len(added) // 3, len(added) - 1):
                yield main, wal + added[:part], sizes
            yield main, wal + bytes(len(added)), sizes
            middle = len(added) // 2
            yield main, wal + added[:middle] + b"\xa5" * (len(added) - middle), sizes


def test_a_power_cut_at_each_sync_boundary(tmp_path: Path) -> None:
    """Whatever part of the next commit reached the disk: the store opens with the commit before it, whole."""
    live, after = tmp_path / "live", tmp_path / "after"
    live.mkdir()
    after.mkdir()
    side, cut = Side(seed="power"), Cut(live)
    side.stores["TR"] = cut.store
    side.restart("TR")
    for number in range(6):
        side.desk("IL").message(hello(number), to=["TR"])
        side.desk("TR").file(draft("TR", f"TR-{number}", circle(30 + number)))
        side.talk(1)
    cut.store.close()
    tried = 0
    for main, wal, sizes in cuts(cut):
        for name, raw in (("record.sqlite", main), ("record.sqlite-wal", wal)):
            (after / name).write_bytes(raw)
        (after / "record.sqlite-shm").unlink(missing_ok=True)
        judged(side, after, sizes)
        tried += 1
    assert tried > 2 * len(cut.states) > 20, "too few cuts: this proves little"


def judged(side: Side, folder: Path, sizes: dict[str, int]) -> None:
    """Every log stands exactly as far as was committed, and the picture is the fold of it."""
    store = SqliteStore(folder / "record.sqlite")
    try:
        node = Node.load(TR, side.roster, side.founded.keyrings[TR], store, at=side.at)
        assert {name: held.size for name, held in node.logs.items() if held.size} == sizes
        assert not node.alarms and not node.read_only
        entries = [e for held in node.logs.values() for e in stored.stored_entries(node, held)]
        again = Picture.of(node.roster.parties, entries, keys=node.roster.first_keys())
        assert again.value() == node.picture.value()
    finally:
        store.close()
