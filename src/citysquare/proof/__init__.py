"""What anybody can check without us: the small, pure parts that every proof rests on.

`canonical` gives a JSON value its one byte form (RFC 8785) and reads JSON from strangers strictly; `merkle` is the tree over an
append-only log (RFC 6962, RFC 9162) with its proofs. Pure Python on the standard library: it knows neither Django nor the operator's
settings, neither a network nor a clock, so that the same code that writes a log checks it on an auditor's machine that has nothing
else of ours.
"""
