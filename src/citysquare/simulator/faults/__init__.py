"""Cameras that misbehave by script, and the log of what they produced all the same.

A script says what goes wrong when; a `FaultyCamera` follows it and notes each picture it made, sent or not, with the hash of its coded
bytes. Whoever recorded it can be held against that log. Explained in docs/explanation/faulty-cameras.md.
"""

from citysquare.simulator.faults.camera import FaultyCamera
from citysquare.simulator.faults.produced import Produced, ProducedLog, read_produced
from citysquare.simulator.faults.script import KINDS, Fault, FaultScript

__all__ = ["KINDS", "Fault", "FaultScript", "FaultyCamera", "Produced", "ProducedLog", "read_produced"]
