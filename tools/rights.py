"""Writes the page of rights: each role against each act, every rule with its law, and what the delivered packs demand.

The cells are asked of `policy.decide` itself, so the page cannot say anything else than what happens.
"""

from __future__ import annotations

from datetime import UTC, datetime

from citysquare.platform.labels import ACT_CLASS_LABELS, ACTION_LABELS, REASON_LABELS, ROLE_LABELS
from citysquare.platform.policy import (
    DECISIONS,
    FLOOR,
    ONLY_RECORDED,
    RULES,
    ActClass,
    Action,
    Actor,
    Demand,
    Effect,
    Facts,
    Justification,
    PersonRole,
    ReasonCode,
    Role,
    SealFact,
    Subject,
    decide,
    delivered,
)
from citysquare.platform.policy.pack_files import DELIVERED

_MARKS = {Effect.ALLOW: "yes", Effect.REDACT: "blurred", Effect.REFUSE: "·"}
_ME = "somebody"
_HOUSE = "city"
_FACTS = Facts(
    at=datetime(2026, 1, 1, tzinfo=UTC),
    justification=Justification(case="2026/1", reason=ReasonCode.CRIME, person_role=PersonRole.NOBODY, text="an example"),
    seals=(SealFact(_ME, "asks", b"act"), SealFact("another", "approves", b"act")),
)
"""Everything that any class of act demands is there."""
_HOURS_OF_DAY = 24


def page(generated: str) -> str:
    """Return the page; `generated` is the line that says so."""
    return "\n".join(["# Rights", "", generated, *_table(), *_rules(), *_demands(), *_purposes(), *_keeping(), ""])


def cell(role: Role, action: Action) -> str:
    """Return what a role may in its own organisation, on duty and with all that the act demands."""
    actor = Actor(id=_ME, organisation=_HOUSE, roles=frozenset({role}))
    own = action.act_class is ActClass.ACCOUNT
    subject = Subject("person", _ME, _HOUSE) if own else Subject("camera", "camera", _HOUSE)
    return _MARKS[decide(actor, action, subject, _FACTS).effect]


def _table() -> list[str]:
    lines = [
        "What a role may in its own organisation, on duty, where its grant reaches and with all that the act's class demands.",
        "`·` is refused, as is everything for which no rule stands; *blurred* is the public picture alone. Other organisations see",
        "nothing but that, unless a valid authorisation names act, place and them (rules `*.authorised`). What only the program itself",
        "notes in the log is not listed.",
        "",
    ]
    for act_class in ActClass:
        actions = [action for action in Action if action.act_class is act_class and action not in ONLY_RECORDED]
        lines += [f"## {ACT_CLASS_LABELS[act_class]} (`{act_class}`)", ""]
        lines += ["| act | " + " | ".join(str(ROLE_LABELS[role]) for role in Role) + " |", "|---|" + "---|" * len(Role)]
        lines += [f"| {ACTION_LABELS[action]} `{action}` | " + " | ".join(cell(role, action) for role in Role) + " |" for action in actions]
        lines.append("")
    return lines


def _rules() -> list[str]:
    lines = [
        "## Rules",
        "",
        "The first one that fits decides. Each answer names its rule.",
        "",
        "| rule | effect | sentence | law |",
        "|---|---|---|---|",
    ]
    lines += [f"| `{rule.name}` | {rule.effect} | {rule.reason} | {rule.law} |" for rule in RULES]
    lines += [f"| `{decision.rule}` | {decision.effect} | {decision.reason} | {decision.law} |" for decision in DECISIONS]
    return [*lines, ""]


def _demands() -> list[str]:
    lines = [
        "## What packs demand",
        "",
        "| class | " + " | ".join(f"`{name}`" for name in DELIVERED) + " |",
        "|---|" + "---|" * len(DELIVERED),
    ]
    lines += [
        f"| {act_class} | " + " | ".join(_words(delivered(name).pack.demands(act_class)) for name in DELIVERED) + " |"
        for act_class in FLOOR
    ]
    lines += [
        "",
        "Where the reason is a court's order, an authorisation is demanded whatever the pack says. Two sides that share an item are",
        "governed by the strictest of both.",
        "The packs are ours, no legal advice: a city's lawyer reads them before they count.",
        "",
    ]
    return lines


def _words(demand: Demand) -> str:
    names = (("justification", demand.justification), ("two persons", demand.two_persons), ("authorisation", demand.authorisation))
    return ", ".join(name for name, needed in names if needed) or "nothing"


def _purposes() -> list[str]:
    lines = [
        "## Purposes and their legal bases",
        "",
        "| reason | " + " | ".join(f"`{name}`" for name in DELIVERED) + " |",
        "|---|" + "---|" * len(DELIVERED),
    ]
    for reason in ReasonCode:
        bases = ("; ".join(sorted(delivered(name).pack.purposes.get(reason, ()))) or "no ground" for name in DELIVERED)
        lines.append(f"| {REASON_LABELS[reason]} `{reason}` | " + " | ".join(bases) + " |")
    return [*lines, ""]


def _keeping() -> list[str]:
    lines = ["## How long what is kept", "", "Where the city says nothing, and in brackets the most it may say.", ""]
    lines += [
        "| data class | " + " | ".join(f"`{name}`" for name in DELIVERED) + " | ground (`eu-strict`) |",
        "|---|" + "---|" * (len(DELIVERED) + 1),
    ]
    packs = [delivered(name).pack for name in DELIVERED]
    for data_class in sorted({name for pack in packs for name in pack.data}):
        cells = []
        for pack in packs:
            keeping = pack.keeping(data_class)
            cells.append(f"{_span(keeping.hours)} ({_span(keeping.most_hours)})" if keeping else "not kept")
        strict = packs[0].keeping(data_class)
        lines.append(f"| `{data_class}` | " + " | ".join(cells) + f" | {'; '.join(sorted(strict.grounds)) if strict else ''} |")
    return lines


def _span(hours: int) -> str:
    return f"{hours // _HOURS_OF_DAY} d" if hours and not hours % _HOURS_OF_DAY else f"{hours} h"
