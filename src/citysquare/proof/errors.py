"""Everything the proofs can refuse, as one tree.

    ProofError                   code, message (one sentence for a person)
    |-- NotCanonical             proof.not_canonical  a value that has no canonical form
    |-- BadJson                  proof.bad_json       bytes that are no JSON we accept
    |-- BadValue                 proof.bad_value      JSON that is not of the form that belongs there
    |-- OutOfTree                proof.out_of_tree    a leaf or a size that the tree does not have
    |-- BadKey                   proof.bad_key        bytes or JSON that are no key we use
    |-- BadSignature             proof.bad_signature  a signature that does not hold, or by a key that does not count
    |-- SealBroken               proof.seal_broken    a person's seal that does not hold for this act
    |-- BadTimestamp             proof.bad_timestamp  a time-stamp that does not hold
    `-- BadBundle                proof.bad_bundle     a file or folder that cannot be read as a bundle

A proof that does not hold is no error where a function only answers a question (`merkle`); functions that hand on what was signed raise,
so that nobody can go on by mistake. Codes are stable. Messages never repeat a value, for it may be a person's.
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


class BadValue(ProofError):
    """JSON that is not of the form that belongs there: a field too many or too few, of the wrong kind, too long."""

    code = "proof.bad_value"


class OutOfTree(ProofError):
    """A leaf or a size that the Merkle tree does not have."""

    code = "proof.out_of_tree"


class BadKey(ProofError):
    """Bytes or JSON that are no key we use."""

    code = "proof.bad_key"


class BadSignature(ProofError):
    """A signature that does not hold, or one by a key that is unknown or did not count at that time."""

    code = "proof.bad_signature"


class SealBroken(ProofError):
    """A person's seal that does not hold for this act."""

    code = "proof.seal_broken"


class BadTimestamp(ProofError):
    """A time-stamp that does not hold."""

    code = "proof.bad_timestamp"


class BadBundle(ProofError):
    """A file or a folder that cannot be read as a bundle at all. `text` has `{named}` places for `values`: it is said in four languages."""

    code = "proof.bad_bundle"

    def __init__(self, text: str, **values: str | int) -> None:
        """Keep the sentence and what stands in its places."""
        super().__init__(text.format_map(values))
        self.text, self.values = text, values
