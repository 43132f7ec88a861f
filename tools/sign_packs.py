"""Signs the packs of jurisdictions that come with the program: `python -m tools.sign_packs`, before a release that changes one.

It brings each pack into its canonical form, makes a fresh key, signs all of them, writes the public half into the code, and forgets the
private half when it ends: there is no key that could sign another pack later, so a changed pack is always a change of code, too.
"""

from __future__ import annotations

import sys
from pathlib import Path

from citysquare.platform.policy import pack_files
from citysquare.proof import jws
from citysquare.proof.canonical import canonical, parse
from citysquare.proof.fields import base64url
from citysquare.proof.keys import PrivateKey

KEY_FILE = Path(pack_files.__file__).with_name("release_key.py")


def main() -> int:
    """Sign all packs. Returns the exit status."""
    key = PrivateKey.make()
    for name in pack_files.DELIVERED:
        path = pack_files.FOLDER / f"{name}.json"
        text = canonical(parse(path.read_bytes(), most_bytes=pack_files.MOST_PACK_BYTES))
        pack_files.decode(text)
        path.write_bytes(text)
        path.with_suffix(".jws").write_text(jws.sign(text, key, typ=pack_files.SIGNATURE_TYPE) + "\n", "ascii")
    lines = KEY_FILE.read_text("utf-8").splitlines()
    new = [f'RELEASE_KEY = "{base64url(key.public.value)}"' if line.startswith("RELEASE_KEY") else line for line in lines]
    KEY_FILE.write_text("\n".join(new) + "\n", "utf-8")
    sys.stdout.write(f"{len(pack_files.DELIVERED)} packs signed; the release's key is {key.kid}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
