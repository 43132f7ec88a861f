"""The register of what senses or decides; today: cameras.

A *camera* has a *main* stream, kept as evidence, and perhaps a *sub* stream, small, for analysis and tiles. The register says
what there is and whether it is switched on; recording reads its own sealed copy of it (written by the site) and needs no
database. An address may contain a user name and password: it is never shown, logged or sent to a browser; pages show `redact(url)`.
"""
