"""What processes cost over a stretch of time: processor, memory, write calls; and how much of the machine was left."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import psutil


@dataclass(frozen=True, slots=True)
class Cost:
    """Over one window."""

    seconds: float
    cores: float
    """Processor seconds a second, of all the processes."""
    writes: float
    """Write calls a second (`syscw` of /proc/PID/io: files and pipes, not what sockets send)."""
    pss: int
    """Bytes of memory at the end of the window, shared pages divided among those who share them."""
    farm_cores: float
    idle_percent: float
    load: float
    """Mean number of processes that wanted to run in the last minute: what else the machine had to do shows here."""
    processes: int


@dataclass(frozen=True, slots=True)
class _Reading:
    at: float
    cpu: float
    writes: int
    farm: float
    idle: float
    all: float


def measured(pids: Iterable[int], farm: int, seconds: float) -> Cost:
    """Measure the processes (and their children) and the farm for so many seconds."""
    pids = tuple(pids)
    before = _read(pids, farm)
    time.sleep(seconds)
    after = _read(pids, farm)
    passed = after.at - before.at
    return Cost(
        seconds=passed,
        cores=(after.cpu - before.cpu) / passed,
        writes=(after.writes - before.writes) / passed,
        pss=pss(pids),
        farm_cores=(after.farm - before.farm) / passed,
        idle_percent=100 * (after.idle - before.idle) / max(0.01, after.all - before.all),
        load=os.getloadavg()[0],
        processes=len(_family(pids)),
    )


def pss(pids: Iterable[int]) -> int:
    """Return the memory of processes and their children, in bytes."""
    total = 0
    for process in _family(pids):
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{process.pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
    return total


def _family(pids: Iterable[int]) -> list[psutil.Process]:
    found: list[psutil.Process] = []
    for pid in pids:
        with contextlib.suppress(psutil.NoSuchProcess):
            process = psutil.Process(pid)
            found += [process, *process.children(recursive=True)]
    return found


def _read(pids: Iterable[int], farm: int) -> _Reading:
    machine = psutil.cpu_times()
    cpu, writes = 0.0, 0
    for process in _family(pids):
        cpu += _processor(process)
        with contextlib.suppress(OSError, ValueError):
            lines = Path(f"/proc/{process.pid}/io").read_text(encoding="ascii").splitlines()
            writes += next(int(line.split()[1]) for line in lines if line.startswith("syscw:"))
    # user and nice hold guest times already
    every = machine.user + machine.nice + machine.system + machine.idle + machine.iowait + machine.irq + machine.softirq + machine.steal
    return _Reading(time.monotonic(), cpu, writes, _processor(psutil.Process(farm)), machine.idle + machine.iowait, every)


def _processor(process: psutil.Process) -> float:
    times = process.cpu_times()
    return float(times.user + times.system + times.children_user + times.children_system)
