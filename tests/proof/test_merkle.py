"""The tree over a log: the published vectors of Certificate Transparency's reference implementation, and what must not hold."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from citysquare.proof.errors import OutOfTree
from citysquare.proof.merkle import (
    EMPTY_HEAD,
    Frontier,
    Node,
    consistency_proof,
    head_of,
    inclusion_proof,
    leaf_hash,
    node_hash,
    reader_of,
    verify_consistency,
    verify_inclusion,
)

LEAVES = [
    leaf_hash(bytes.fromhex(text))
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
HEADS = (
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
# place (from 0), size, proof
INCLUSION: tuple[tuple[int, int, tuple[str, ...]], ...] = (
    (0, 1, ()),
    (
        0,
        8,
        (
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ),
    ),
    (
        5,
        8,
        (
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ),
    ),
    (2, 3, ("fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",)),
    (
        1,
        5,
        (
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ),
    ),
)
# earlier and later size, proof
CONSISTENCY: tuple[tuple[int, int, tuple[str, ...]], ...] = (
    (1, 1, ()),
    (
        1,
        8,
        (
            "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        ),
    ),
    (
        6,
        8,
        (
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ),
    ),
    (
        2,
        5,
        (
            "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
            "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        ),
    ),
    (
        6,
        7,
        (
            "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
            "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        ),
    ),
)
OTHER = leaf_hash(b"another")

sizes = st.integers(1, 130)


def leaves(count: int) -> list[bytes]:
    return [leaf_hash(str(number).encode()) for number in range(count)]


def definition(hashes: Sequence[bytes]) -> bytes:
    """The tree's hash word for word as RFC 6962, section 2.1 defines it."""
    if not hashes:
        return hashlib.sha256().digest()
    if len(hashes) == 1:
        return hashes[0]
    middle = 1
    while middle * 2 < len(hashes):
        middle *= 2
    return node_hash(definition(hashes[:middle]), definition(hashes[middle:]))


def altered(value: bytes, where: int) -> bytes:
    place, bit = where // 8 % len(value), where % 8
    return value[:place] + bytes([value[place] ^ 1 << bit]) + value[place + 1 :]


def unhex(proof: tuple[str, ...]) -> tuple[bytes, ...]:
    return tuple(bytes.fromhex(one) for one in proof)


def test_leaves_and_nodes_have_their_published_hashes() -> None:
    assert LEAVES[0].hex() == HEADS[1]
    assert leaf_hash(b"L123456").hex() == "395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56"
    assert node_hash(b"N123", b"N456").hex() == "aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb"


@pytest.mark.parametrize("size", range(9))
def test_heads_are_the_published_ones(size: int) -> None:
    frontier = Frontier()
    for leaf in LEAVES[:size]:
        frontier.append(leaf)
    assert frontier.head().hex() == head_of(size, reader_of(LEAVES)).hex() == HEADS[size]


@pytest.mark.parametrize(("index", "size", "proof"), INCLUSION)
def test_inclusion_proofs_are_the_published_ones(index: int, size: int, proof: tuple[str, ...]) -> None:
    assert inclusion_proof(index, size, reader_of(LEAVES)) == unhex(proof)
    assert verify_inclusion(LEAVES[index], index, size, unhex(proof), bytes.fromhex(HEADS[size]))


@pytest.mark.parametrize(("first", "second", "proof"), CONSISTENCY)
def test_consistency_proofs_are_the_published_ones(first: int, second: int, proof: tuple[str, ...]) -> None:
    assert consistency_proof(first, second, reader_of(LEAVES)) == unhex(proof)
    assert verify_consistency(first, second, unhex(proof), bytes.fromhex(HEADS[first]), bytes.fromhex(HEADS[second]))


def test_every_tree_up_to_seventy_leaves_is_the_defined_one_and_proves_each_leaf_and_each_earlier_size() -> None:
    hashes = leaves(70)
    read = reader_of(hashes)
    heads = [definition(hashes[:size]) for size in range(71)]
    for size in range(1, 71):
        assert head_of(size, read) == heads[size]
        for index in range(size):
            proof = inclusion_proof(index, size, read)
            assert verify_inclusion(hashes[index], index, size, proof, heads[size])
            assert not verify_inclusion(OTHER, index, size, proof, heads[size])
        for first in range(size + 1):
            proof = consistency_proof(first, size, read)
            assert verify_consistency(first, size, proof, heads[first], heads[size])
            assert not verify_consistency(first, size, proof, OTHER, heads[size])
            assert first == 0 or not verify_consistency(first, size, proof, heads[first], OTHER)


@given(sizes, st.data())
def test_any_altered_bit_breaks_an_inclusion_proof(size: int, data: st.DataObject) -> None:
    hashes = leaves(size)
    index = data.draw(st.integers(0, size - 1))
    head, proof = definition(hashes), list(inclusion_proof(index, size, reader_of(hashes)))
    assert verify_inclusion(hashes[index], index, size, proof, head)
    where = data.draw(st.integers(0, 255))
    assert not verify_inclusion(altered(hashes[index], where), index, size, proof, head)
    assert not verify_inclusion(hashes[index], index, size, proof, altered(head, where))
    for place, one in enumerate(proof):
        assert not verify_inclusion(hashes[index], index, size, [*proof[:place], altered(one, where), *proof[place + 1 :]], head)


@given(sizes, st.data())
def test_a_leaf_is_proven_at_its_own_place_only(size: int, data: st.DataObject) -> None:
    hashes = leaves(size)
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(-1, size + 1))
    proof, head = inclusion_proof(index, size, reader_of(hashes)), definition(hashes)
    assert verify_inclusion(hashes[index], other, size, proof, head) == (index == other)


@given(sizes, st.data())
def test_any_altered_bit_breaks_a_consistency_proof(second: int, data: st.DataObject) -> None:
    hashes = leaves(second)
    first = data.draw(st.integers(1, second))
    earlier, later = definition(hashes[:first]), definition(hashes)
    proof = list(consistency_proof(first, second, reader_of(hashes)))
    assert verify_consistency(first, second, proof, earlier, later)
    where = data.draw(st.integers(0, 255))
    assert not verify_consistency(first, second, proof, altered(earlier, where), later)
    assert not verify_consistency(first, second, proof, earlier, altered(later, where))
    for place, one in enumerate(proof):
        assert not verify_consistency(first, second, [*proof[:place], altered(one, where), *proof[place + 1 :]], earlier, later)


@given(sizes, st.data())
def test_a_proof_of_another_length_holds_for_nothing(size: int, data: st.DataObject) -> None:
    hashes = leaves(size)
    read, head = reader_of(hashes), definition(hashes)
    index, first = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
    included, goes_on = inclusion_proof(index, size, read), consistency_proof(first, size, read)
    longer = st.lists(st.sampled_from([OTHER, head]), min_size=1, max_size=70)
    more = data.draw(longer)
    assert not verify_inclusion(hashes[index], index, size, [*included, *more], head)
    assert not verify_inclusion(hashes[index], index, size, [*more, *included], head)
    assert not included or not verify_inclusion(hashes[index], index, size, included[:-1], head)
    earlier = definition(hashes[:first])
    assert not verify_consistency(first, size, [*goes_on, *more], earlier, head)
    assert not verify_consistency(first, size, [*more, *goes_on], earlier, head)
    assert not goes_on or not verify_consistency(first, size, goes_on[:-1], earlier, head)


@given(sizes, st.data())
def test_a_log_whose_past_was_changed_does_not_go_on_from_its_earlier_head(size: int, data: st.DataObject) -> None:
    hashes = leaves(size)
    first = data.draw(st.integers(1, size))
    earlier = definition(hashes[:first])
    hashes[data.draw(st.integers(0, first - 1))] = OTHER
    proof = consistency_proof(first, size, reader_of(hashes))
    assert not verify_consistency(first, size, proof, earlier, definition(hashes))


@given(
    st.integers(-3, 20) | st.integers(0, 1 << 70),
    st.integers(-3, 20) | st.integers(0, 1 << 70),
    st.lists(st.just(OTHER) | st.binary(max_size=40), max_size=80),
    st.just(OTHER) | st.binary(max_size=40),
    st.just(OTHER) | st.binary(max_size=40),
)
def test_rubbish_proves_nothing_and_does_no_harm(one: int, two: int, proof: list[bytes], first: bytes, second: bytes) -> None:
    same = len(first) == 32 and first == second and not proof
    assert verify_inclusion(first, one, two, proof, second) == (same and (one, two) == (0, 1))
    assert verify_consistency(one, two, proof, first, second) == (same and one == two > 0)


def test_the_empty_log_has_one_head_and_every_log_goes_on_from_it() -> None:
    assert Frontier().head() == EMPTY_HEAD
    assert verify_consistency(0, 0, (), EMPTY_HEAD, EMPTY_HEAD)
    assert not verify_consistency(0, 0, (), OTHER, OTHER)
    assert verify_consistency(0, 1, (), EMPTY_HEAD, OTHER)
    assert not verify_consistency(0, 1, (), OTHER, OTHER)
    assert not verify_consistency(0, 1, (OTHER,), EMPTY_HEAD, OTHER)


def test_a_log_that_grew_needs_a_proof_and_another_head() -> None:
    for first, second in ((1, 2), (2, 3), (3, 4), (4, 8)):
        assert not verify_consistency(first, second, (), OTHER, OTHER)


def test_a_node_cannot_pass_for_a_leaf() -> None:
    left, right = LEAVES[:2]
    assert leaf_hash(left + right) != node_hash(left, right)
    assert not verify_inclusion(leaf_hash(left + right), 0, 1, (), node_hash(left, right))


def test_a_proof_does_not_hold_in_a_tree_of_fewer_levels() -> None:
    read, heads = reader_of(LEAVES), [bytes.fromhex(head) for head in HEADS]
    assert verify_inclusion(LEAVES[1], 1, 2, inclusion_proof(1, 2, read), heads[2])
    assert not verify_inclusion(LEAVES[1], 0, 1, inclusion_proof(1, 2, read), heads[2])
    assert verify_consistency(7, 8, consistency_proof(7, 8, read), heads[7], heads[8])
    assert not verify_consistency(3, 4, consistency_proof(7, 8, read), heads[7], heads[8])


@pytest.mark.parametrize("cut", [0, 1, 31, 33, 63, 64])
def test_two_hashes_cannot_be_cut_elsewhere(cut: int) -> None:
    # SHA-256 sees only the bytes side by side: without fixed lengths another "leaf" and another "proof" would give the same head
    left, right = LEAVES[:2]
    forged, rest = (left + right)[:cut], (left + right)[cut:]
    assert node_hash(forged, rest) == node_hash(left, right)
    assert not verify_inclusion(forged, 0, 2, [rest], node_hash(left, right))
    assert not verify_consistency(1, 2, [rest], forged, node_hash(left, right))


@given(st.integers(0, 300), st.integers(0, 300))
def test_a_tree_goes_on_from_its_kept_edge(before: int, after: int) -> None:
    hashes = leaves(before + after)
    whole = Frontier()
    for leaf in hashes[:before]:
        whole.append(leaf)
    again = Frontier(whole.size, whole.hashes)
    for leaf in hashes[before:]:
        assert whole.append(leaf) == again.append(leaf)
    assert (again.size, again.head()) == (before + after, head_of(before + after, reader_of(hashes)))
    assert len(again.hashes) == (before + after).bit_count()  # what is kept grows with the logarithm


def test_appending_tells_which_subtrees_are_full_now() -> None:
    frontier = Frontier()
    told = [frontier.append(leaf) for leaf in LEAVES[:4]]
    both = [node_hash(*LEAVES[:2]), node_hash(*LEAVES[2:4])]
    assert told == [
        (Node(0, 0, LEAVES[0]),),
        (Node(0, 1, LEAVES[1]), Node(1, 0, both[0])),
        (Node(0, 2, LEAVES[2]),),
        (Node(0, 3, LEAVES[3]), Node(1, 1, both[1]), Node(2, 0, node_hash(*both))),
    ]


def test_a_proof_reads_few_nodes_of_a_large_log() -> None:
    asked: list[tuple[int, int]] = []

    def read(level: int, index: int) -> bytes:
        asked.append((level, index))
        return OTHER

    size = (1 << 40) - 1
    assert len(inclusion_proof(123_456_789, size, read)) == 40
    assert len(consistency_proof(987_654_321, size, read)) <= 41
    assert len(asked) < 200
    assert all((index + 1) << level <= size for level, index in asked)


@pytest.mark.parametrize(("size", "hashes"), [(-1, []), (1, []), (0, [OTHER]), (3, [OTHER]), (2, [OTHER, OTHER]), (1, [OTHER[:-1]])])
def test_an_edge_that_does_not_fit_its_size_is_refused(size: int, hashes: list[bytes]) -> None:
    with pytest.raises(OutOfTree) as refused:
        Frontier(size, hashes)
    assert refused.value.code == "proof.out_of_tree"


def test_what_is_not_in_the_tree_has_no_proof() -> None:
    read = reader_of(LEAVES)
    for index, size in ((-1, 8), (8, 8), (0, 0), (3, 9)):
        with pytest.raises(OutOfTree):
            inclusion_proof(index, size, read)
    for first, second in ((-1, 8), (8, 7), (4, 9)):
        with pytest.raises(OutOfTree):
            consistency_proof(first, second, read)
    for size in (-1, 9):
        with pytest.raises(OutOfTree):
            head_of(size, read)
    with pytest.raises(OutOfTree):
        Frontier().append(b"an entry, not its hash")
