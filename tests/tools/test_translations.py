"""The pages speak four languages, all of them completely."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from babel.messages.catalog import Message

from tools import translations


def test_every_sentence_is_translated_into_every_language() -> None:
    assert translations.problems() == []


def test_a_sentence_is_found_in_modules_and_in_templates() -> None:
    found = translations.found()
    assert ("Observations", None) in found
    assert found["%(entries)s entry checked.", None] == "%(entries)s entries checked."


@pytest.mark.parametrize(
    ("sentence", "translated", "complaint"),
    [
        ("Seen", "", "not translated"),
        ("{seconds} s behind", "закъснение", "placeholders differ"),
        ("{seconds} s behind", "{seconds} {minutes}", "placeholders differ"),
        (("%(n)d car", "%(n)d cars"), ("%(n)d кола", ""), "not translated"),
        (("One car", "%(n)d cars"), ("%(n)d кола", "%(n)d коли"), ""),
        ("Seen", "Видени", ""),
    ],
)
def test_a_bad_translation_is_named(sentence: str | tuple[str, str], translated: str | tuple[str, str], complaint: str) -> None:
    problems = translations.problems_of("bg", Message(sentence, translated))
    assert [complaint in problem for problem in problems] == ([True] if complaint else [])


def test_a_fuzzy_translation_is_named() -> None:
    assert "fuzzy" in translations.problems_of("bg", Message("Seen", "Видени", flags=["fuzzy"]))[0]


def test_a_catalogue_that_was_not_compiled_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(translations.LOCALE, tmp_path / "locale")
    monkeypatch.setattr(translations, "LOCALE", tmp_path / "locale")
    translations.catalogue_path("ro").with_suffix(".mo").write_bytes(b"")
    assert translations.problems() == ["ro: not compiled (run compile)"]


def test_extracting_keeps_what_is_translated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(translations.LOCALE, tmp_path / "locale")
    monkeypatch.setattr(translations, "LOCALE", tmp_path / "locale")
    before = translations.catalogue_path("uk").read_bytes()
    assert translations.extract() == []
    assert translations.catalogue_path("uk").read_bytes() == before


def test_a_word_that_is_no_command_is_refused() -> None:
    assert translations.main(["translate"]) == 2
