"""`citysquare-verify`: checks a bundle on any computer, without network, and says in plain words what is proven and what is not.

It ends with 0 when nothing is wrong, with 1 when something is, with 2 when the bundle or a file that was given cannot be read.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from io import TextIOWrapper
from pathlib import Path
from typing import TypeVar

from citysquare.proof import timestamps
from citysquare.proof.bundles.report import Report, Trust
from citysquare.proof.bundles.verify import check
from citysquare.proof.errors import BadBundle, ProofError
from citysquare.proof.heads import SignedHead
from citysquare.proof.keys import KeySet
from citysquare.proof.words import LANGUAGES, Sentence, Words, gettext_noop, plain

PROVEN, WRONG, UNREADABLE = 0, 1, 2
_MOST_GIVEN = 64 * 1024 * 1024
_MOST_HEADS = 10_000
_T = TypeVar("_T")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return how it ended."""
    given = _parser().parse_args(arguments)
    words = Words(given.language)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal without these letters gets their numbers, not a traceback
    try:
        report = check(given.path, _trust(given))
    except BadBundle as error:
        sys.stdout.write(_unreadable(error, words, as_json=given.json))
        return UNREADABLE
    sys.stdout.write(_as_json(report, words) if given.json else _as_text(report, words))
    return PROVEN if report.ok else WRONG


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("citysquare-verify", description="Check an exhibit or a part of an audit log, without network.")
    parser.add_argument("path", type=Path, metavar="PATH", help="the bundle: a ZIP file, or the folder it was unpacked into")
    parser.add_argument("--keys", type=Path, metavar="FILE", help="the centre's keys, got by another way (citysquare-keys.json)")
    parser.add_argument("--trusted-heads", type=Path, metavar="FILE", help="signed heads of the log that you kept, one a line")
    parser.add_argument(
        "--tsa-certificates", type=Path, metavar="FILE", help="certificates (PEM) of the time-stamping authority that you trust"
    )
    parser.add_argument("--language", choices=LANGUAGES, default=_own_language(), help="in which the result is said")
    parser.add_argument("--json", action="store_true", help="say the result as JSON")
    return parser


def _own_language() -> str:
    """Return the language of the terminal, where it is one of ours."""
    said = (os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG") or "")[:2]
    return said if said in LANGUAGES else LANGUAGES[0]


def _trust(given: argparse.Namespace) -> Trust:
    return Trust(
        keys=_read(given.keys, KeySet.decoded, None),
        heads=_read(given.trusted_heads, _heads, ()),
        authorities=_read(given.tsa_certificates, timestamps.certificates, ()),
    )


def _read(path: Path | None, read: Callable[[bytes], _T], default: _T) -> _T:
    if path is None:
        return default
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_GIVEN + 1)
        if len(text) <= _MOST_GIVEN:
            return read(text)
    except (OSError, ProofError):
        pass
    raise BadBundle(gettext_noop("The file {name} that you gave cannot be used: it is not what belongs there."), name=path.name)


def _heads(text: bytes) -> tuple[SignedHead, ...]:
    lines = [line for line in text.split(b"\n") if line]
    if len(lines) > _MOST_HEADS:
        raise BadBundle(gettext_noop("Too many heads were given: some, far apart in time, are enough."))
    return tuple(SignedHead.decoded(line) for line in lines)


_HEADINGS = {
    "proven": gettext_noop("Proven"),
    "unproven": gettext_noop("Not proven by this"),
    "wrong": gettext_noop("Wrong"),
}
_RESULTS = {
    PROVEN: gettext_noop("RESULT: nothing is wrong. Read what is proven, and what is not."),
    WRONG: gettext_noop("RESULT: something is wrong. Do not rely on this bundle."),
    UNREADABLE: gettext_noop("RESULT: this cannot be read as a bundle, so nothing is proven."),
}
_MORE = gettext_noop("And {count} more of the kind.")


def _as_text(report: Report, words: Words) -> str:
    wrong = [finding.sentence for finding in report.wrong]
    if report.more:
        wrong.append(Sentence(_MORE, {"count": report.more}))
    parts = [_RESULTS[PROVEN if report.ok else WRONG], *(f"  {words.say(one)}" for one in report.facts)]
    parts[0] = words.say(Sentence(parts[0]))
    for name, sentences in (("wrong", wrong), ("proven", report.proven), ("unproven", report.unproven)):
        if sentences:
            parts += ["", words.say(Sentence(_HEADINGS[name])), *(f"  - {words.say(one)}" for one in sentences)]
    return "\n".join(parts) + "\n"


def _as_json(report: Report, words: Words) -> str:
    value = {
        "kind": report.kind,
        "result": "proven" if report.ok else "wrong",
        "facts": [words.say(one) for one in report.facts],
        "wrong": [{"code": one.code, "text": words.say(one.sentence), **_values(one.sentence)} for one in report.wrong],
        "more_wrong": report.more,
        "proven": [words.say(one) for one in report.proven],
        "not_proven": [words.say(one) for one in report.unproven],
    }
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _values(sentence: Sentence) -> dict[str, dict[str, str | int]]:
    return {"values": {name: value if isinstance(value, int) else plain(value) for name, value in sentence.values.items()}}


def _unreadable(error: BadBundle, words: Words, *, as_json: bool) -> str:
    result, why = words.say(Sentence(_RESULTS[UNREADABLE])), words.say(Sentence(error.text, error.values))
    if as_json:
        return json.dumps({"result": "unreadable", "code": error.code, "text": why}, ensure_ascii=False, indent=2) + "\n"
    return f"{result}\n  {why}\n"
