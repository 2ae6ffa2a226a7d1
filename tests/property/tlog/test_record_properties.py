"""What holds of every note, tree, proof and tile."""

from contextlib import suppress

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from clearline.errors import Refused
from clearline.signing.keys import Signer, parse_private_text, parse_vkey
from clearline.signing.note import Note, NoteSignature, encode_note, parse_note
from clearline.tlog.checkpoint import Checkpoint, parse_checkpoint_text
from clearline.tlog.logproof import LogProof, encode_log_proof, parse_log_proof
from clearline.tlog.proof import BrokenProof, verify_consistency, verify_inclusion
from clearline.tlog.tiles import EntryBundle, HashTile, encode_bundle, parse_bundle, parse_tile_path
from clearline.tlog.tree import EMPTY_ROOT, Tree, leaf_hash, node_hash, split_of

# A busy machine is no failure.
UNHURRIED = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
LEAVES = [leaf_hash(i.to_bytes(2, "big")) for i in range(600)]
TREE = Tree(LEAVES)
HASHES = st.binary(min_size=32, max_size=32)
NAMES = st.from_regex(r"[A-Za-z0-9./_-]{1,128}", fullmatch=True)
SIZES = st.integers(0, 2**53 - 1)
TEXTS = st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters=[chr(c) for c in range(32)]) | st.just("\n")
)
SIGNATURES = st.builds(NoteSignature, NAMES, st.binary(min_size=4, max_size=4), st.binary(min_size=1, max_size=80))
NOTES = st.builds(Note, TEXTS.map(lambda t: t + "\n"), st.lists(SIGNATURES, min_size=1, max_size=5).map(tuple))
LINE = "— a AAAAAAA=\n".encode()


def _naive_root(leaves: list[bytes]) -> bytes:
    """RFC 9162 §2.1.1, word for word."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    k = split_of(len(leaves))
    return node_hash(_naive_root(leaves[:k]), _naive_root(leaves[k:]))


@UNHURRIED
@given(st.lists(st.integers(0, 40), max_size=6))
def test_root_is_that_of_the_definition_however_the_tree_grew(steps: list[int]) -> None:
    """One by one, in lots, by frontier, or seen from a larger tree: one root."""
    tree, frontier, done = Tree(), Tree().frontier(), 0
    for step in steps:
        more = LEAVES[done : done + step]
        forecast = tree.fork_root(more)
        frontier = frontier.extended(more)
        if step % 2:
            tree.extend(more)
        else:
            for leaf in more:
                tree.append(leaf)
        done += step
        assert tree.root() == forecast == frontier.root() == TREE.root_at(done) == _naive_root(LEAVES[:done])
        assert tree.frontier() == frontier == TREE.frontier_at(done)


@st.composite
def _inclusions(draw: st.DrawFn) -> tuple[int, int]:
    size = draw(st.integers(1, 600))
    return draw(st.integers(0, size - 1)), size


@st.composite
def _pairs(draw: st.DrawFn) -> tuple[int, int]:
    second = draw(st.integers(1, 600))
    return draw(st.integers(1, second)), second


def _flip(value: bytes, bit: int) -> bytes:
    at = bit % (8 * len(value))
    return value[: at // 8] + bytes((value[at // 8] ^ 1 << at % 8,)) + value[at // 8 + 1 :]


def _included(leaf: bytes, index: int, size: int, root: bytes, proof: tuple[bytes, ...]) -> bool:
    try:
        verify_inclusion(leaf_hash=leaf, index=index, size=size, root=root, proof=proof)
    except BrokenProof:
        return False
    return True


def _consistent(first: int, second: int, roots: tuple[bytes, bytes], proof: tuple[bytes, ...]) -> bool:
    try:
        verify_consistency(first=first, second=second, first_root=roots[0], second_root=roots[1], proof=proof)
    except BrokenProof:
        return False
    return True


@UNHURRIED
@given(_inclusions(), st.integers(0, 10**6), st.integers(0, 10))
def test_inclusion_proofs_hold_and_no_changed_bit_passes(where: tuple[int, int], bit: int, step: int) -> None:
    index, size = where
    leaf, root, proof = LEAVES[index], TREE.root_at(size), TREE.inclusion_proof(index, size)
    assert _included(leaf, index, size, root, proof)
    assert not _included(_flip(leaf, bit), index, size, root, proof)
    assert not _included(leaf, index, size, _flip(root, bit), proof)
    assert not _included(leaf, index, size, root, (*proof, root))
    if proof:
        at = step % len(proof)
        assert not _included(leaf, index, size, root, (*proof[:at], _flip(proof[at], bit), *proof[at + 1 :]))
        assert not _included(leaf, index, size, root, proof[:at] + proof[at + 1 :])
    for other in range(size):
        assert other == index or not _included(leaf, other, size, root, proof)


@UNHURRIED
@given(_pairs(), st.integers(0, 10**6), st.integers(0, 10))
def test_consistency_proofs_hold_and_no_changed_bit_passes(pair: tuple[int, int], bit: int, step: int) -> None:
    first, second = pair
    a, b, proof = TREE.root_at(first), TREE.root_at(second), TREE.consistency_proof(first, second)
    assert _consistent(first, second, (a, b), proof)
    assert not _consistent(first, second, (_flip(a, bit), b), proof)
    assert not _consistent(first, second, (a, _flip(b, bit)), proof)
    assert not _consistent(first, second, (a, b), (*proof, b))
    if proof:
        at = step % len(proof)
        changed = (*proof[:at], _flip(proof[at], bit), *proof[at + 1 :])
        assert not _consistent(first, second, (a, b), changed)
        assert not _consistent(first, second, (a, b), proof[:at] + proof[at + 1 :])


@UNHURRIED
@given(HASHES, st.integers(-5, 2**64), st.integers(-5, 2**64), HASHES, st.lists(st.binary(max_size=40), max_size=70))
def test_verifiers_answer_any_numbers_and_bytes(
    leaf: bytes, index: int, size: int, root: bytes, proof: list[bytes]
) -> None:
    """A stranger's message gets an answer, never a crash; and random hashes prove nothing."""
    assert not _included(leaf, index, size, root, tuple(proof)) or (size == 1 and leaf == root)
    assert not _consistent(index, size, (leaf, root), tuple(proof)) or leaf == root


@UNHURRIED
@given(NOTES)
def test_notes_read_back(note: Note) -> None:
    assert parse_note(encode_note(note), where="x", max_bytes=10**6) == note


@UNHURRIED
@given(st.binary(max_size=300) | st.binary(max_size=100).map(lambda b: b + b"\n\n" + LINE))
@example(b"\n\n" + LINE)
@example(b"\n\n\n" + LINE)
def test_any_bytes_give_a_note_or_a_refusal(raw: bytes) -> None:
    """And what is taken is written back byte for byte."""
    try:
        note = parse_note(raw, where="x")
    except Refused:
        return
    assert encode_note(note) == raw


@UNHURRIED
@given(NOTES, st.integers(0, 10**6))
def test_a_changed_bit_of_a_note_is_seen(note: Note, bit: int) -> None:
    """It is refused, or it reads as another note: no two spellings of one note."""
    raw = encode_note(note)
    with suppress(Refused):
        assert parse_note(_flip(raw, bit), where="x", max_bytes=10**6) != note


@UNHURRIED
@given(NAMES, HASHES)
def test_keys_read_back(name: str, seed: bytes) -> None:
    signer = Signer(name, seed)
    assert parse_vkey(signer.public.vkey(), where="x") == signer.public
    assert parse_private_text(signer.private_text(), where="x").public == signer.public


@UNHURRIED
@given(st.text(max_size=120) | st.text(max_size=60).map(lambda t: "PRIVATE+KEY+a+00000000+" + t))
def test_any_text_gives_a_key_or_a_refusal(text: str) -> None:
    for parse in (parse_vkey, parse_private_text):
        try:
            parse(text, where="x")
        except Refused:
            continue


@UNHURRIED
@given(NAMES, SIZES, HASHES)
def test_checkpoints_read_back(origin: str, size: int, root: bytes) -> None:
    checkpoint = Checkpoint(origin, size, root if size else EMPTY_ROOT)
    assert parse_checkpoint_text(checkpoint.text(), where="x") == checkpoint


@UNHURRIED
@given(st.text(max_size=120) | st.tuples(NAMES, st.text(max_size=20), st.text(max_size=50)).map("\n".join))
def test_any_text_gives_a_checkpoint_or_a_refusal(text: str) -> None:
    try:
        checkpoint = parse_checkpoint_text(text, where="x")
    except Refused:
        return
    assert checkpoint.text() == text


@UNHURRIED
@given(
    st.builds(LogProof, SIZES, st.lists(HASHES, max_size=63).map(tuple), st.binary(max_size=60), st.binary(max_size=40))
)
def test_log_proofs_read_back(proof: LogProof) -> None:
    assert parse_log_proof(encode_log_proof(proof), where="x") == proof


@UNHURRIED
@given(st.binary(max_size=200) | st.binary(max_size=100).map(lambda b: b"c2sp.org/tlog-proof@v1\n" + b))
def test_any_bytes_give_a_log_proof_or_a_refusal(raw: bytes) -> None:
    try:
        proof = parse_log_proof(raw, where="x")
    except Refused:
        return
    assert encode_log_proof(proof) == raw


@UNHURRIED
@given(st.lists(st.binary(max_size=60), min_size=1, max_size=20))
def test_bundles_read_back(entries: list[bytes]) -> None:
    bundle = EntryBundle(0, len(entries))
    assert parse_bundle(encode_bundle(entries), bundle, where="x") == tuple(entries)


@UNHURRIED
@given(st.binary(max_size=60), st.integers(1, 256))
def test_any_bytes_give_a_bundle_or_a_refusal(raw: bytes, width: int) -> None:
    try:
        entries = parse_bundle(raw, EntryBundle(0, width), where="x")
    except Refused:
        return
    assert encode_bundle(entries) == raw


@UNHURRIED
@given(st.integers(0, 63), SIZES, st.integers(1, 256))
def test_tile_paths_read_back(level: int, index: int, width: int) -> None:
    for tile in (HashTile(level, index, width), EntryBundle(index, width)):
        assert parse_tile_path(tile.path(), where="x") == tile


@UNHURRIED
@given(st.text(max_size=60) | st.from_regex(r"tile/[0-9entris]{1,7}/[x0-9/]{1,20}(\.p/[0-9]{1,3})?", fullmatch=True))
def test_any_path_gives_a_tile_or_a_refusal(path: str) -> None:
    try:
        tile = parse_tile_path(path, where="x")
    except Refused:
        return
    assert tile.path() == path
