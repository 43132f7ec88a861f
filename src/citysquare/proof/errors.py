"""Everything the proofs can refuse, as one tree.

    ProofError                   code, message (one sentence for a person)
    |-- NotCanonical             proof.not_canonical  a value that has no canonical form
    |-- BadJson                  proof.bad_json       bytes that are no JSON we accept
    `-- OutOfTree                proof.out_of_tree    a leaf or a size that the tree does not have

A proof that does not hold is no error but an answer: the verifying functions return it. Codes are stable. Messages never repeat a
value, for it may be a person's.
"""

from __future__ import annotations

from typing import ClassVar


class ProofError(Exception):
    """Root of the tree. `message` is one sentence a person understands; `code` never changes."""

    code: ClassVar[str] = "proof.error"

    def __init__(self, message: str) -> None:
        """Keep the sentence."""
        super().__init__(message)
        self.message = message


class NotCanonical(ProofError):
    """A value that has no canonical form in JSON."""

    code = "proof.not_canonical"


class BadJson(ProofError):
    """Bytes that are no JSON, or JSON that two readers could understand differently."""

    code = "proof.bad_json"


class OutOfTree(ProofError):
    """A leaf or a size that the Merkle tree does not have."""

    code = "proof.out_of_tree"
