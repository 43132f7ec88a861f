"""Bundles by somebody who signs whatever they like: the check says something, and never ends with a traceback."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from citysquare.proof import jws
from citysquare.proof.bundles.audit import AUDIT_TYPE
from citysquare.proof.bundles.exhibit import MANIFEST_TYPE
from citysquare.proof.bundles.report import Report, Trust
from citysquare.proof.bundles.verify import check
from citysquare.proof.canonical import canonical
from citysquare.proof.errors import BadBundle, NotCanonical
from citysquare.proof.words import LANGUAGES, Sentence, Words
from tests.proof.made import CENTRE, KEYS, audit_bundle, entries, heads, making
from tests.proof.packing import contents, pack

KINDS = {
    "exhibit": ("manifest.json", "manifest.jws", MANIFEST_TYPE, ["manifest.json", "acts.json", "log.json", "keys.json"]),
    "audit": ("bundle.json", "bundle.jws", AUDIT_TYPE, ["bundle.json", "keys.json"]),
}
VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(0, 1)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
    | st.sampled_from(["x" * 5000, "0" * 64, "../..", "footage/cam-1/00002.mp4", "2026-05-01", "A" * 44, [], {}, [None], 2**53 - 1, -1])
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, bytes]]:
    folder = tmp_path_factory.mktemp("whole")
    log = entries(5)
    return {
        "exhibit": contents(making().write(folder / "exhibit.zip")),
        "audit": contents(audit_bundle(folder / "audit.zip", log, heads(log, [2, 5]))),
    }


def changed(value: Any, data: st.DataObject) -> None:  # noqa: ANN401 -- any JSON
    """Change one member, at any depth."""
    while True:
        key = data.draw(st.sampled_from(list(value) if isinstance(value, dict) else list(range(len(value)))))
        inner = value[key]
        if not isinstance(inner, dict | list) or not inner or not data.draw(st.integers(0, 3)):
            break
        value = inner
    if not data.draw(st.integers(0, 4)):
        del value[key]
    else:
        value[key] = data.draw(VALUES)


def sign(files: dict[str, bytes], kind: str) -> None:
    """Make digests and signature fit again."""
    name, signature, typ, _ = KINDS[kind]
    value = json.loads(files[name])
    for record in value.get("files") or () if isinstance(value.get("files"), list) else ():
        if isinstance(record, dict) and isinstance(record.get("path"), str) and record["path"] in files:
            data = files[record["path"]]
            record.update(bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
    files[name] = canonical(value)
    files[signature] = jws.sign(files[name], CENTRE, typ=typ).encode()


def said(path: Path) -> Report | None:
    try:
        report = check(path, Trust(KEYS))
    except BadBundle as error:
        speak(Sentence(error.text, error.values))
        return None
    for one in (*report.facts, *report.proven, *report.unproven, *(finding.sentence for finding in report.wrong)):
        speak(one)
    return report


def speak(sentence: Sentence) -> None:
    assert all(Words(language).say(sentence) for language in LANGUAGES)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(kind=st.sampled_from(["exhibit", "audit"]), data=st.data())
def test_whatever_was_signed_is_judged(whole: dict[str, dict[str, bytes]], tmp_path: Path, kind: str, data: st.DataObject) -> None:
    files = dict(whole[kind])
    name = data.draw(st.sampled_from(KINDS[kind][3]))
    value = json.loads(files[name])
    changed(value, data)
    try:
        files[name] = canonical(value)
        sign(files, kind)
    except NotCanonical:
        return
    said(pack(tmp_path / "bundle.zip", files))


@pytest.mark.parametrize("kind", ["exhibit", "audit"])
def test_what_was_not_changed_stays_whole(whole: dict[str, dict[str, bytes]], tmp_path: Path, kind: str) -> None:
    files = dict(whole[kind])
    sign(files, kind)
    report = said(pack(tmp_path / "bundle.zip", files))
    assert report is not None
    assert report.ok


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(["entries.jsonl", "heads.jsonl"]), data=st.data())
def test_whatever_stands_in_the_lines_is_judged(whole: dict[str, dict[str, bytes]], tmp_path: Path, name: str, data: st.DataObject) -> None:
    files = dict(whole["audit"])
    lines = [json.loads(line) for line in files[name].splitlines()]
    changed(lines[data.draw(st.integers(0, len(lines) - 1))], data)
    files[name] = b"".join(canonical(line) + b"\n" for line in lines)
    same = files[name] == whole["audit"][name]
    sign(files, "audit")
    report = said(pack(tmp_path / "bundle.zip", files))
    assert report is None or not report.ok or same
