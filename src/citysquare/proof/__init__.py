"""What anybody can check without us: the small, pure parts that every proof rests on.

- `canonical` gives a JSON value its one byte form (RFC 8785) and reads JSON from strangers strictly; `fields` reads what it means.
- `merkle` is the tree over an append-only log (RFC 6962, RFC 9162) with its proofs; `chain` and `links` the chains of hashes.
- `keys` and `jws` are the centre's signatures; `passkeys` the persons' own seals; `timestamps` a stranger's word for the time.
- `entries` and `heads` are the audit log; `bundles` are the files that leave the centre, and their checking (`citysquare-verify`).

No Django, no settings of the operator, no network, no clock: the same code that writes a log checks it on an auditor's machine.
Cryptography is that of kept libraries (cryptography, joserfc, fido2, rfc3161-client), never ours.
"""
