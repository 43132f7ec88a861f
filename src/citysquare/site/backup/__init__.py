"""Backups of everything but the footage, putting them back, and upgrades that can go back.

A backup is one file (docs/how-to/back-up-and-restore.md): the database in one consistent state, the audit log's files, keys, node file and
settings, and a manifest with the SHA-256 of each. It holds keys, camera passwords and personal data, so it is sealed with a passphrase
unless somebody asks for a plain one. Putting one back is prepared beside the old state and then put in place in one step that can be
finished after a power cut.
"""
