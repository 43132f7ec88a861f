"""Stand-ins for the recording, the gate and the network."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from typing import Any, ParamSpec, TypeVar

from citysquare.engine.clock import ManualClock
from citysquare.engine.footage import TailFragment
from citysquare.engine.model import StreamKey, StreamKind, ticks_from_seconds
from citysquare.platform.looks import Why
from citysquare.site.live.hub import Footage, Hub, LastSeen
from citysquare.site.live.viewer import Verdict
from citysquare.site.live.wire import StateChange

P = ParamSpec("P")
T = TypeVar("T")

CAM1 = StreamKey("cam1", StreamKind.SUB)
CAM2 = StreamKey("cam2", StreamKind.SUB)


class Inline(Executor):
    """Runs at once, in the caller's thread."""

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        future: Future[T] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 -- an executor hands every error on to whoever waits
            future.set_exception(error)
        return future


@dataclass
class Tape:
    """A recording that a test writes and the hub follows."""

    clock: ManualClock
    waiting: dict[StreamKey, list[TailFragment]] = field(default_factory=dict)
    followed: dict[StreamKey, int] = field(default_factory=dict)
    seen: dict[StreamKey, LastSeen] = field(default_factory=dict)
    trouble: OSError | None = None
    written: int = 0

    def follow(self, key: StreamKey) -> Reader:
        if self.trouble is not None:
            raise self.trouble
        self.followed[key] = self.followed.get(key, 0) + 1
        return Reader(self, key)

    def last_seen(self, key: StreamKey) -> LastSeen:
        return self.seen.get(key, LastSeen())

    def write(self, key: StreamKey = CAM1, *, keyframe: bool = False, init: bytes = b"init", age: float = 0.1) -> TailFragment:
        """Add a fragment of half a second that ended `age` seconds ago."""
        self.written += 1
        end = self.clock.wall() - ticks_from_seconds(age)
        data = f"{key.folder}-{self.written}".encode()
        made = TailFragment(
            init=init, codec_string="avc1.4d401e", start=end - 45_000, end=end, key=keyframe, data=data, width=640, height=360
        )
        self.waiting.setdefault(key, []).append(made)
        return made


@dataclass
class Reader:
    """Follows one stream of a tape."""

    tape: Tape
    key: StreamKey
    closed: bool = False

    def poll(self) -> list[TailFragment]:
        if self.tape.trouble is not None:
            raise self.tape.trouble
        return self.tape.waiting.pop(self.key, [])

    def close(self) -> None:
        self.closed = True
        self.tape.followed[self.key] -= 1


@dataclass(eq=False)
class Listening:
    """Notes what a hub says."""

    states: list[StateChange] = field(default_factory=list)
    fragments: list[bytes] = field(default_factory=list)
    groups: list[int] = field(default_factory=list)

    def on_fragment(self, _key: StreamKey, fragment: TailFragment, group: list[TailFragment]) -> None:
        self.fragments.append(fragment.data)
        self.groups.append(len(group))

    def on_state(self, _key: StreamKey, change: StateChange) -> None:
        self.states.append(change)


@dataclass
class OpenGate:
    """Lets in whom the test names, and keeps the log."""

    signed_in: bool = True
    forbidden: set[str] = field(default_factory=set)
    log: list[tuple[Any, ...]] = field(default_factory=list)
    beats: int = 0

    async def still_signed_in(self) -> bool:
        return self.signed_in

    async def open(self, camera: str) -> Verdict:
        verdict = await self.check(camera)
        self.log.append(("look" if verdict.allowed else "refused", camera))
        return verdict

    async def check(self, camera: str) -> Verdict:
        return Verdict(camera not in self.forbidden, "policy.refused" if camera in self.forbidden else "", "No.")

    async def beat(self) -> None:
        self.beats += 1

    async def ended(self, camera: str, seconds: int, why: Why) -> None:
        self.log.append(("ended", camera, seconds, str(why)))


def hub_of(tape: Tape) -> Hub:
    return Hub(Footage(tape.follow, tape.last_seen), tape.clock, Inline())


async def pass_time(clock: ManualClock, seconds: float) -> None:
    """Let time pass in steps small enough for the hub's polls."""
    await clock.run_for(seconds, step=0.05, rounds=12)
