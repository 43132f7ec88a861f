"""A real exhibit, tampered with afterwards: whatever is done to it, the check finds it.

Forgeries by the centre itself, flipped bytes and tricks with the ZIP are tried in tests/proof.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from citysquare.apps.footage.queries import exhibits as queries
from citysquare.platform import audit
from citysquare.proof import jws
from citysquare.proof.bundles.report import Trust
from citysquare.proof.bundles.verify import check
from citysquare.proof.canonical import canonical
from citysquare.proof.keys import KeySet, PrivateKey
from tests.footage.exhibiting import desk
from tests.proof.packing import contents, pack

pytestmark = pytest.mark.django_db

Files = dict[str, bytes]
OTHER = PrivateKey.make()


def footage(files: Files) -> list[str]:
    return sorted(name for name in files if name.startswith("footage/"))


def flip(data: bytes, at: int) -> bytes:
    return data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]


def in_manifest(files: Files, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the manifest, keep its form and its list of files true, and sign it with a key that is put among the exhibit's own."""
    value = json.loads(files["manifest.json"])
    change(value)
    files["keys.json"] = KeySet([*KeySet.decoded(files["keys.json"]), OTHER.public]).encoded()
    for record in value["files"]:
        if record["path"] in files:
            data = files[record["path"]]
            record.update(bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
    files["manifest.json"] = canonical(value, most_bytes=1 << 25)
    files["manifest.jws"] = jws.sign(files["manifest.json"], OTHER, typ="citysquare-manifest").encode()


def in_json(files: Files, name: str, change: Callable[[dict[str, Any]], None]) -> None:
    value = json.loads(files[name])
    change(value)
    files[name] = canonical(value, most_bytes=1 << 25)
    in_manifest(files, lambda _manifest: None)


def byte_in_a_whole_file(files: Files) -> None:
    files[footage(files)[1]] = flip(files[footage(files)[1]], -5)


def byte_in_a_cut_file(files: Files) -> None:
    files[footage(files)[0]] = flip(files[footage(files)[0]], -5)


def byte_in_the_manifest(files: Files) -> None:
    files["manifest.json"] = files["manifest.json"].replace(b"kiosk", b"kiosc")


def dropped_segment(files: Files) -> None:
    del files[footage(files)[1]]


def added_segment(files: Files) -> None:
    first = footage(files)[0]
    files[first.rpartition("/")[0] + "/09999.mp4"] = files[first]


def swapped_segments(files: Files) -> None:
    one, other = footage(files)[1:3]
    files[one], files[other] = files[other], files[one]


def truncated_segment(files: Files) -> None:
    files[footage(files)[1]] = files[footage(files)[1]][:-100]


def redated(files: Files) -> None:
    in_manifest(files, lambda value: value.update(made_at="2026-04-01T00:00:00.000000Z"))


def of_another_camera(files: Files) -> None:
    def change(value: dict[str, Any]) -> None:
        value["cameras"][0]["camera"] = "a" * 16

    in_manifest(files, change)


def for_another_case(files: Files) -> None:
    in_manifest(files, lambda value: value["purpose"].update(case="2026/999"))


def for_somebody_else(files: Files) -> None:
    in_manifest(files, lambda value: value["purpose"].update(recipient="Somebody else"))


def dropped_from_manifest_too(files: Files) -> None:
    gone = footage(files)[1]
    del files[gone]

    def change(value: dict[str, Any]) -> None:
        value["files"] = [one for one in value["files"] if one["path"] != gone]
        camera = value["cameras"][0]
        camera["pieces"] = [one for one in camera["pieces"] if one["file"] != gone]

    in_manifest(files, change)


def dropped_and_called_a_gap(files: Files) -> None:
    whole = next(one for one in json.loads(files["manifest.json"])["cameras"][0]["pieces"] if one["whole"])

    def change(value: dict[str, Any]) -> None:
        value["cameras"][0]["gaps"].append({"start": whole["start"], "end": whole["end"], "cause": "unreachable"})
        value["cameras"][0]["pieces"].remove(whole)
        value["files"] = [one for one in value["files"] if one["path"] != whole["file"]]

    del files[whole["file"]]
    in_manifest(files, change)


def one_seal_removed(files: Files) -> None:
    in_json(files, "acts.json", lambda value: value["seals"].pop())


def the_same_seal_twice(files: Files) -> None:
    def change(value: dict[str, Any]) -> None:
        value["seals"][1] = {**value["seals"][0], "role_in_act": "approves"}

    in_json(files, "acts.json", change)


def seals_under_another_act(files: Files) -> None:
    in_json(files, "acts.json", lambda value: value["act"].update(nonce="0" * 32))


def forged_entry(files: Files) -> None:
    in_json(files, "log.json", lambda value: value["entries"][0]["entry"].update(outcome="refuse"))


def forged_proof(files: Files) -> None:
    def change(value: dict[str, Any]) -> None:
        value["entries"][0]["proof"] = ["0" * 64 for _ in value["entries"][0]["proof"]]

    in_json(files, "log.json", change)


def forged_head(files: Files) -> None:
    in_json(files, "log.json", lambda value: value["head"]["head"].update(root="0" * 64))


def signature_replaced(files: Files) -> None:
    files["manifest.jws"] = jws.sign(files["manifest.json"], OTHER, typ="citysquare-manifest").encode()


def signature_of_something_else(files: Files) -> None:
    files["manifest.jws"] = jws.sign(files["manifest.json"], audit.centre_key(), typ="citysquare-head").encode()


def keys_replaced(files: Files) -> None:
    in_manifest(files, lambda _value: None)


ANYBODY = [
    byte_in_a_whole_file,
    byte_in_a_cut_file,
    byte_in_the_manifest,
    dropped_segment,
    added_segment,
    swapped_segments,
    truncated_segment,
    signature_replaced,
    signature_of_something_else,
]
WITH_A_KEY_OF_THEIR_OWN = [
    redated,
    of_another_camera,
    for_another_case,
    for_somebody_else,
    dropped_from_manifest_too,
    dropped_and_called_a_gap,
    one_seal_removed,
    the_same_seal_twice,
    seals_under_another_act,
    forged_entry,
    forged_proof,
    forged_head,
    keys_replaced,
]
"""Each signed anew by a key that was put into the exhibit: who knows the centre's finds all of them."""
FOUND_WITHOUT_THE_KEY = [change for change in WITH_A_KEY_OF_THEIR_OWN if change not in (redated, keys_replaced)]
"""What nobody can change even where the check takes the keys from the exhibit itself."""


@pytest.fixture
def made(tmp_path: Path) -> Callable[[Callable[[Files], None] | None], Path]:
    found = desk().made(2, 18)
    assert found.state == "ready"

    def make(change: Callable[[Files], None] | None) -> Path:
        files = contents(queries.file_of(found.pk))
        if change is not None:
            change(files)
        return pack(tmp_path / "exhibit.zip", files)

    return make


Made = Callable[[Callable[[Files], None] | None], Path]


def test_packed_anew_without_a_change_it_is_proven(made: Made) -> None:
    assert check(made(None), Trust(keys=audit.centre_keys())).ok


def test_each_kind_of_tampering_is_found(made: Made) -> None:
    for change in [*ANYBODY, *WITH_A_KEY_OF_THEIR_OWN]:
        assert not check(made(change), Trust(keys=audit.centre_keys())).ok, change.__name__


def test_most_is_found_without_knowing_the_centre(made: Made) -> None:
    for change in [*ANYBODY, *FOUND_WITHOUT_THE_KEY]:
        assert not check(made(change), Trust()).ok, change.__name__


def test_who_does_not_know_the_centre_is_told_that_the_keys_come_from_the_exhibit(made: Made) -> None:
    report = check(made(keys_replaced), Trust())
    assert any("come from the bundle itself" in sentence.text for sentence in report.unproven)
