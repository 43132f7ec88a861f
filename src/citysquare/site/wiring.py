"""What only the composition root may know: how the register reaches the recorder, and how tracks reach the database."""


def subscribe_all() -> None:
    """Subscribe the wiring."""
