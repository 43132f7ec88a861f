"""citysquare-verify, as an auditor uses it: without Django, without network."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from citysquare.proof.bundles.read_me import read_me
from citysquare.proof.cli import main
from citysquare.proof.words import LANGUAGES, Sentence, Words, plain
from tests.proof.made import CENTRE, KEYS, OTHER, audit_bundle, entries, heads, making
from tests.proof.tsa import NOON, Authority


@pytest.fixture(scope="module")
def exhibit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return making().write(tmp_path_factory.mktemp("bundle") / "exhibit.zip")


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    path = tmp_path / "keys.json"
    path.write_bytes(KEYS.encoded())
    return path


def test_it_needs_neither_django_nor_a_network(exhibit: Path) -> None:
    program = (
        "import sys, socket\n"
        "socket.socket = None\n"
        "from citysquare.proof.cli import main\n"
        f"code = main([{str(exhibit)!r}])\n"
        "assert not any(name.partition('.')[0] in {'django', 'numpy', 'av', 'pydantic'} for name in sys.modules), 'too much'\n"
        "sys.exit(code)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, check=False, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("RESULT: nothing is wrong.")


def test_it_says_what_is_proven_and_what_is_not(exhibit: Path, keys: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(exhibit), "--language", "en"]) == 0
    alone = capsys.readouterr().out
    assert f"compare it: {CENTRE.kid}" in alone
    assert "Not proven by this" in alone
    assert "centre's clock" in alone
    assert main([str(exhibit), "--keys", str(keys), "--language", "en"]) == 0
    assert "It is signed by a key that you gave" in capsys.readouterr().out


def test_it_says_it_as_json_too(exhibit: Path, keys: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(exhibit), "--json", "--keys", str(keys)]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["kind"], said["result"], said["wrong"]) == ("citysquare-exhibit", "proven", [])
    made = making()
    made.purpose = replace(made.purpose, case="2026/18")
    assert main([str(made.write(tmp_path / "wrong.zip")), "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert (said["result"], [one["code"] for one in said["wrong"]]) == ("wrong", ["act_purpose"])
    assert main([str(tmp_path / "nothing.zip"), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["result"] == "unreadable"


def test_the_three_ways_it_ends(exhibit: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other.json"
    other.write_bytes(json.dumps(OTHER.public.jwk()).encode())
    assert main([str(exhibit)]) == 0
    assert main([str(exhibit), "--keys", str(other)]) == 1
    assert "Do not rely on this bundle" in capsys.readouterr().out
    assert main([str(tmp_path)]) == 2
    for option in ("--keys", "--trusted-heads", "--tsa-certificates"):
        assert main([str(exhibit), option, str(exhibit)]) == 2
        assert main([str(exhibit), option, str(tmp_path / "nothing")]) == 2


def test_heads_that_were_kept_and_an_authority_count(tmp_path: Path, keys: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = entries(12)
    signed = heads(log, [4, 8, 12])
    path = audit_bundle(tmp_path / "audit.zip", log, signed)
    kept = tmp_path / "heads.jsonl"
    kept.write_bytes(signed[1].encoded())
    assert main([str(path), "--keys", str(keys), "--trusted-heads", str(kept), "--language", "en"]) == 0
    assert "Heads of this log that you kept agree with it: 1." in capsys.readouterr().out
    authority = Authority()
    made = making()
    made.stamp = lambda message: authority.answer(message, at=NOON + timedelta(hours=1))
    (tmp_path / "tsa.pem").write_bytes(authority.pem())
    assert main([str(made.write(tmp_path / "e.zip")), "--tsa-certificates", str(tmp_path / "tsa.pem"), "--language", "en"]) == 0
    assert "existed at 2026-05-01T13:00:00.000000Z" in capsys.readouterr().out


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_speaks_four_languages(exhibit: Path, tmp_path: Path, language: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(exhibit), "--language", language]) == 0
    assert main([str(tmp_path), "--language", language]) == 2
    assert CENTRE.kid in capsys.readouterr().out
    assert f"[{language}]" in read_me("citysquare-audit").decode()


def test_the_terminals_language_is_taken(exhibit: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for said in ("ro_RO.UTF-8", "C", ""):
        monkeypatch.setenv("LC_ALL", said)
        assert main([str(exhibit)]) == 0
    assert capsys.readouterr().out.count("\n\n") >= 6


def test_a_hostile_value_does_nothing_to_the_terminal() -> None:
    assert plain("a\x1b[2Jb\u202ec\n") == "a\ufffd[2Jb\ufffdc\ufffd"
    assert len(plain("x" * 1000)) < 130
    assert Words("en").say(Sentence("Case {case}.", {"case": "{0.__class__}\x07"})) == "Case {0.__class__}\ufffd."
