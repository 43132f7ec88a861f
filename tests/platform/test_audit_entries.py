"""What an entry may say: declared, typed, and without anything that tells who somebody is."""

from __future__ import annotations

import ast
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from citysquare.platform import audit
from citysquare.platform.audit import entries
from citysquare.platform.audit import group as group_module
from citysquare.platform.audit.group import Group
from citysquare.platform.models import AuditEntry
from citysquare.platform.policy import Action, Actor, Subject
from citysquare.proof.entries import Entry
from tests.factories import NOW

SOURCES = sorted(Path(audit.__file__).parents[2].rglob("*.py"))


def in_log(**details: str | int) -> dict[str, str | int]:
    return entries.typed(Action.EXHIBIT_ASK, details, lambda kind, _identifier: f"h:{kind}")


@pytest.mark.parametrize("action", Action)
def test_every_act_declares_what_its_entry_may_say(action: Action) -> None:
    assert action in entries.DETAILS
    assert entries.names_of(action) <= entries.SORTS.keys(), "a detail has one sort wherever it stands"


def test_no_detail_has_a_sort_that_no_act_carries() -> None:
    assert entries.SORTS.keys() <= frozenset[str]().union(*map(entries.names_of, Action))


def test_a_detail_that_is_not_declared_is_a_mistake_of_the_program(settings: Settings) -> None:
    with pytest.raises(entries.UndeclaredDetailError):
        in_log(shoe_size=43)
    settings.AUDIT_STRICT = False
    assert in_log(shoe_size="Ivan's are 43") == {"shoe_size": entries.digest("Ivan's are 43")}


@given(st.text(max_size=300))
def test_led_25_free_text_never_enters_the_log(text: str) -> None:
    found = in_log(text=text, case=text, camera=text)
    assert found["text"] in {entries.digest(text), text if len(text) in {0, 64} else ""}
    assert found["case"] in {"h:case", ""}
    assert str(found["camera"]).isascii()


def test_codes_and_numbers_stay_readable_and_sentences_do_not() -> None:
    found = in_log(camera="kq3a", seconds=12, text="Він був біля вокзалу", offence="theft of a bicycle")
    assert (found["camera"], found["seconds"]) == ("kq3a", 12)
    assert in_log(text="ab" * 32)["text"] == "ab" * 32, "a digest that the caller made stays one"
    assert str(found["text"]).startswith("d:")
    assert str(found["offence"]).startswith("d:")
    assert in_log(camera="Площа Ринок")["camera"] == entries.digest("Площа Ринок")
    assert in_log(seconds=2**60)["seconds"] == entries.digest(str(2**60)), "no number that another program reads as another"


def test_what_a_stranger_asks_is_named_only_as_far_as_it_is_known() -> None:
    asked = {"limit": "5", "ivan_petrov": "1", "x" * 900: "2"}
    assert entries.declared(Action.OBSERVATIONS_LIST, asked) == {"limit": "5", "unknown": 2}


@pytest.mark.django_db
def test_people_cases_and_tokens_are_pseudonyms_that_agree_everywhere() -> None:
    person, token = Actor("olena", "city1"), Actor.token("tok1", "city1", frozenset())
    one = audit.record(actor=person, action=Action.SIGN_IN, subject=Subject("person", "olena", "city1"), outcome="allow", at=NOW)
    two = audit.record(actor=token, action=Action.TOKEN_USE, subject=Subject("token", "tok1", "city1"), outcome="refuse", at=NOW)
    assert one.actor == one.subject_id == audit.pseudonym("person", "olena") == audit.actor_name("olena")
    assert two.actor == two.subject_id == audit.pseudonym("token", "tok1")
    assert len({audit.pseudonym(kind, "same") for kind in ("person", "token", "case", "plate")}) == 4
    assert not any("olena" in str(row) for row in AuditEntry.objects.values())
    assert audit.actor_name("system:console") == "system:console"
    assert audit.actor_name("") == ""


@pytest.mark.django_db
def test_without_the_key_of_names_nothing_is_entered_and_the_act_must_not_happen() -> None:
    folder = settings.CITYSQUARE.keys_dir
    folder.mkdir(parents=True)
    (folder / "audit-names.key").write_text("not a key")
    (folder / "audit-names.key").chmod(0o600)
    with pytest.raises(audit.AuditUnavailable):
        audit.record(actor=Actor("olena"), action=Action.SIGN_IN, subject=Subject("person", "olena"), outcome="allow", at=NOW)
    assert not AuditEntry.objects.exists()


def test_only_one_module_reads_the_key_of_names() -> None:
    found = set()
    for path in SOURCES:
        texts = {node.value for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Constant)}
        if any(isinstance(text, str) and text.endswith("audit-names.key") for text in texts):
            found.add(path.name)
    assert found == {"names.py", "making.py"}, "names.py reads it, the sealed backup carries it"


def note(seconds: int) -> audit.Note:
    return audit.Note(Actor("p", "c"), Action.LIVE_VIEW, Subject("camera", "x", "c"), "allow", NOW, {"seconds": seconds})


@pytest.mark.django_db(transaction=True)
def test_entries_noted_together_stand_together_and_all_or_none() -> None:
    made = audit.record_many([note(number) for number in range(5)])
    assert [entry.sequence for entry in made] == [1, 2, 3, 4, 5]
    assert [entry.details["seconds"] for entry in made] == [0, 1, 2, 3, 4]
    bad = audit.Note(Actor("p"), Action.LIVE_VIEW, Subject("camera", "x"), "allow", NOW.replace(tzinfo=None))
    with pytest.raises(ValueError, match="zone"):
        audit.record_many([note(6), bad])
    assert AuditEntry.objects.count() == 5
    assert audit.record_many([]) == []


def test_who_waits_while_another_writes_shares_the_next_group() -> None:
    groups: list[int] = []
    first, go = threading.Event(), threading.Event()

    def write(drafts: Sequence[Entry]) -> list[Entry]:
        groups.append(len(drafts))
        first.set()
        assert go.wait(30)
        return [replace(draft, outcome=f"written {draft.sequence}") for draft in drafts]

    group = Group(write)
    found: dict[int, str] = {}

    def ask(number: int) -> None:
        found[number] = group.add([Entry(number, "", "", "", "", "", "", "")])[0].outcome

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(1, 7)]
    threads[0].start()
    assert first.wait(30)
    for thread in threads[1:]:
        thread.start()
    while len(group._waiting) < 5:  # noqa: SLF001 -- nothing else says that all of them wait
        threading.Event().wait(0.01)
    go.set()
    for thread in threads:
        thread.join()
    assert groups == [1, 5]
    assert found == {number: f"written {number}" for number in range(1, 7)}, "each gets its own"


def test_what_fails_for_a_group_fails_for_each_and_the_next_one_is_written() -> None:
    answers: list[Exception | None] = [audit.AuditUnavailable("no"), None]

    def write(drafts: Sequence[Entry]) -> list[Entry]:
        error = answers.pop(0)
        if error is not None:
            raise error
        return list(drafts)

    group, draft = Group(write), Entry(1, "", "", "", "", "", "", "")
    with pytest.raises(audit.AuditUnavailable):
        group.add([draft])
    assert group.add([draft]) == [draft]


class _ThreadEnds(BaseException):
    """What ends a thread from outside, as an interrupt does."""


def test_a_writer_that_is_ended_leaves_nobody_waiting_and_nobody_believing() -> None:
    begun, go = threading.Event(), threading.Event()
    ends = [True, False]

    def write(drafts: Sequence[Entry]) -> list[Entry]:
        if ends.pop(0):
            begun.set()
            assert go.wait(30)
            raise _ThreadEnds
        return list(drafts)

    group, draft = Group(write), Entry(1, "", "", "", "", "", "", "")
    met: list[str] = []

    def ask() -> None:
        try:
            met.append(f"written {len(group.add([draft]))}")
        except _ThreadEnds:
            met.append("ended")

    threads = [threading.Thread(target=ask) for _ in range(2)]
    threads[0].start()
    assert begun.wait(30)
    threads[1].start()
    while not group._waiting:  # noqa: SLF001 -- nothing else says that it waits
        threading.Event().wait(0.01)
    go.set()
    for thread in threads:
        thread.join(30)
    assert sorted(met) == ["ended", "written 1"]


def test_a_group_whose_writer_was_ended_is_written_for_none_of_it() -> None:
    def write(_drafts: Sequence[Entry]) -> list[Entry]:
        raise _ThreadEnds

    group, draft = Group(write), Entry(1, "", "", "", "", "", "", "")
    other = group_module._Ask([draft])  # noqa: SLF001 -- one that waits in the same group
    group._waiting.append(other)  # noqa: SLF001 -- as above
    with pytest.raises(_ThreadEnds):
        group.add([draft])
    assert (other.done, other.written, isinstance(other.error, RuntimeError)) == (True, [], True)


@pytest.mark.django_db(transaction=True)
def test_an_odd_character_of_one_caller_spoils_no_other_callers_entry() -> None:
    odd = "a\0b\ud800c"
    subject = Subject(f"camera{odd}", odd, odd)
    wrong = audit.Note(Actor(odd, f"city{odd}"), Action.LIVE_VIEW, subject, f"allow{odd}", NOW, {"camera": odd})
    entries = audit.record_many([note(1), wrong, note(2)])
    assert [entry.sequence for entry in entries] == [1, 2, 3]
    assert AuditEntry.objects.get(sequence=2).subject_id == "ab?c"
    assert audit.verify(settings.CITYSQUARE.audit_dir).ok
