"""The files that leave a centre, so that others can check them without it: audit logs and exhibits.

`archive` is their outer form, `audit` and `exhibit` what is in them, `verify` says what is proven; docs/reference/formats.md is written
for who reads them with other programs.
"""
