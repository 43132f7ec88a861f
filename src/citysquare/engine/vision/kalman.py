"""A Kalman filter for a point that moves at nearly constant velocity (white-noise acceleration; Bar-Shalom et al. 2001, 6.3)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


class Kalman:
    """State: x, y and their speeds. Units are the caller's, times seconds."""

    def __init__(self, x: float, y: float, *, size: float, acceleration: float = 0.6) -> None:
        """Begin at a measured point of unknown speed. `size` is the thing's smaller side: its box is uncertain by a part of it."""
        self._state = np.array([x, y, 0.0, 0.0])
        noise = (0.15 * size) ** 2
        self._measurement = np.diag([noise, noise])
        self._covariance = np.diag([noise, noise, 0.5, 0.5])
        self._acceleration = acceleration**2

    @property
    def position(self) -> tuple[float, float]:
        """Where it is thought to be."""
        return float(self._state[0]), float(self._state[1])

    @property
    def velocity(self) -> tuple[float, float]:
        """How fast it is thought to move, per second."""
        return float(self._state[2]), float(self._state[3])

    def predict(self, elapsed: float) -> None:
        """Let time pass."""
        step = np.eye(4)
        step[0, 2] = step[1, 3] = elapsed
        near, cross, speed = elapsed**4 / 4, elapsed**3 / 2, elapsed**2
        noise = np.diag([near, near, speed, speed])
        noise[0, 2] = noise[2, 0] = noise[1, 3] = noise[3, 1] = cross
        self._state = step @ self._state
        self._covariance = step @ self._covariance @ step.T + noise * self._acceleration

    def correct(self, x: float, y: float) -> None:
        """Take a measured point."""
        innovation = np.array([x, y]) - self._state[:2]
        gain = self._covariance[:, :2] @ np.linalg.inv(self._covariance[:2, :2] + self._measurement)
        self._state = self._state + gain @ innovation
        self._covariance = self._covariance - gain @ self._covariance[:2, :]

    def mahalanobis(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the squared distance of measured points (n x 2) in the filter's own uncertainty."""
        innovation = points - self._state[:2]
        inverse = np.linalg.inv(self._covariance[:2, :2] + self._measurement)
        distance: NDArray[np.float64] = np.sum((innovation @ inverse) * innovation, axis=1)
        return distance
