"""Random actors, facts and packs for the tests of the policy."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st

from citysquare.platform.policy import (
    FLOOR,
    Action,
    Actor,
    Authorisation,
    Demand,
    Facts,
    Grant,
    Justification,
    Keeping,
    OrganisationKind,
    Pack,
    PersonRole,
    ReasonCode,
    Role,
    SealFact,
    Subject,
)

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
OURS, THEIRS = "ourcity", "theircity"
PEOPLE = st.sampled_from(["ana", "boris", "chen"])
PLACES = st.frozensets(st.sampled_from(["c1", "c2"]))
SPACES = st.frozensets(st.sampled_from(["s1", "s2"]))
TIMES = st.integers(-72 * 3600, 72 * 3600).map(lambda seconds: NOW + timedelta(seconds=seconds))

GRANTS = st.builds(Grant, role=st.sampled_from(Role), spaces=st.none() | SPACES, cameras=st.none() | PLACES)
ACTORS = st.builds(
    Actor,
    id=PEOPLE,
    organisation=st.sampled_from([OURS, THEIRS]),
    kind=st.none() | st.sampled_from(OrganisationKind),
    grants=st.lists(GRANTS, max_size=3).map(tuple),
)
SUBJECTS = st.builds(
    Subject,
    kind=st.just("camera"),
    id=st.just("c1"),
    owner=st.sampled_from([OURS, THEIRS, ""]),
    space=st.sampled_from(["", "s1", "s2"]),
    camera=st.sampled_from(["", "c1", "c2"]),
)
JUSTIFICATIONS = st.builds(
    Justification,
    case=st.just("2026/17"),
    reason=st.sampled_from(ReasonCode),
    person_role=st.sampled_from(PersonRole),
    text=st.just("theft of a bicycle"),
)
SEALS = st.builds(
    SealFact, person=PEOPLE, role_in_act=st.sampled_from(["asks", "approves"]), digest=st.sampled_from([b"", b"act", b"other"])
)


@st.composite
def authorisations(draw: st.DrawFn) -> Authorisation:
    """One authorisation, urgent or not, confirmed or not, for anybody and any time."""
    begins = draw(TIMES)
    return Authorisation(
        id="a",
        action=draw(st.sampled_from(Action)),
        cameras=draw(PLACES),
        spaces=draw(SPACES),
        valid_from=begins,
        valid_to=begins + timedelta(hours=draw(st.integers(1, 96))),
        issued_at=draw(TIMES),
        issuer="District court",
        document_sha256="0" * 64,
        urgent_hours=draw(st.sampled_from([0, 24, 48])),
        confirmed_at=draw(st.none() | TIMES),
        ended_at=draw(st.none() | TIMES),
        organisation=draw(st.sampled_from([OURS, THEIRS])),
    )


DEMANDS = st.builds(Demand, st.booleans(), st.booleans(), st.booleans())


@st.composite
def keepings(draw: st.DrawFn) -> Keeping:
    """Times that lie within their own bounds."""
    least, hours, most = sorted(draw(st.lists(st.integers(0, 1000), min_size=3, max_size=3)))
    return Keeping(hours, most, least, frozenset({draw(st.sampled_from(["LED Art. 5", "GDPR Art. 5"]))}))


PACKS = st.builds(
    Pack,
    parts=st.sampled_from(["bg", "ro", "ua"]).flatmap(lambda name: st.integers(1, 3).map(lambda version: frozenset({(name, version)}))),
    data=st.dictionaries(st.sampled_from(["footage", "counts", "audit_log"]), keepings()),
    purposes=st.dictionaries(st.sampled_from(ReasonCode), st.sampled_from(["LED Art. 8", "GDPR Art. 6"]).map(lambda law: frozenset({law}))),
    acts=st.dictionaries(st.sampled_from(sorted(FLOOR)), DEMANDS),
    review_months=st.integers(1, 24),
)


@st.composite
def facts(draw: st.DrawFn) -> Facts:
    """Any facts."""
    return Facts(
        at=draw(st.none() | TIMES),
        on_duty=draw(st.booleans()),
        justification=draw(st.none() | JUSTIFICATIONS),
        authorisations=tuple(draw(st.lists(authorisations(), max_size=2))),
        seals=tuple(draw(st.lists(SEALS, max_size=3))),
        pack=draw(PACKS),
        clock_set_back=draw(st.booleans()),
    )
