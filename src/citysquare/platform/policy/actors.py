"""Who acts, on what, and where their rights reach."""

from __future__ import annotations

from dataclasses import dataclass

from citysquare.platform.policy.vocabulary import OrganisationKind, Role, Scope

SYSTEM_MARK = "system:"
TOKEN_MARK = "token:"  # noqa: S105 -- no token
"""How the identifiers of actors begin that are no persons; those of persons are opaque and never have a colon."""


@dataclass(frozen=True, slots=True)
class Grant:
    """One role and where it holds. Both places None: everywhere in the organisation; else in the spaces and at the cameras named."""

    role: Role
    spaces: frozenset[str] | None = None
    cameras: frozenset[str] | None = None

    @property
    def everywhere(self) -> bool:
        """Whether the role holds in the whole organisation."""
        return self.spaces is None and self.cameras is None

    def covers(self, subject: Subject) -> bool:
        """Whether the role holds at the subject. A subject without a place (a list) is covered: its query then filters."""
        if self.everywhere or not (subject.space or subject.camera):
            return True
        return (bool(subject.camera) and subject.camera in (self.cameras or ())) or (
            bool(subject.space) and subject.space in (self.spaces or ())
        )


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person in an organisation, a program with a token, the system itself, or nobody known.

    `roles` is always the union of the grants' roles. Roles given without grants hold in the whole organisation.
    """

    id: str
    organisation: str = ""
    roles: frozenset[Role] = frozenset()
    scopes: frozenset[Scope] = frozenset()
    """What a token allows; a person has none."""
    kind: OrganisationKind | None = None
    grants: tuple[Grant, ...] = ()

    def __post_init__(self) -> None:
        """Make roles and grants agree. Raises ValueError where both are given and differ."""
        if not self.grants:
            object.__setattr__(self, "grants", tuple(Grant(role) for role in Role if role in self.roles))
            return
        granted = frozenset(grant.role for grant in self.grants)
        if self.roles and self.roles != granted:
            raise ValueError("an actor's roles are those of the grants")
        object.__setattr__(self, "roles", granted)

    @classmethod
    def anonymous(cls) -> Actor:
        """Return somebody who has not signed in."""
        return cls(id="")

    @classmethod
    def system(cls, name: str) -> Actor:
        """Return a process, or a person at the machine's console."""
        return cls(id=f"{SYSTEM_MARK}{name}")

    @classmethod
    def token(cls, token_id: str, organisation: str, scopes: frozenset[Scope]) -> Actor:
        """Return a program that calls with a token: an actor of its own, never the person who made the token."""
        return cls(id=f"{TOKEN_MARK}{token_id}", organisation=organisation, scopes=scopes)

    @property
    def is_token(self) -> bool:
        """Whether this is a program with a token."""
        return self.id.startswith(TOKEN_MARK)

    @property
    def is_known(self) -> bool:
        """Whether the person has signed in."""
        return bool(self.id)


@dataclass(frozen=True, slots=True)
class Subject:
    """What is acted on; `owner` is the organisation it belongs to, `space` and `camera` say where it is, when it is somewhere."""

    kind: str
    id: str
    owner: str = ""
    space: str = ""
    camera: str = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    """Where in the own organisation an actor may do something: everywhere, or in these spaces and at these cameras."""

    everything: bool
    spaces: frozenset[str] = frozenset()
    cameras: frozenset[str] = frozenset()
