"""The public half of the key that signed the packs of this release; written by `tools/sign_packs.py`, which forgot the other half."""

RELEASE_KEY = "yPOCxd4r5SsT1S_oq3jMPzbWqGSJ4iaBSVAqKaB7Yqs"
