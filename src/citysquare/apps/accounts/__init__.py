"""Organisations, the people in them, their roles, and how they sign in.

Words: an *organisation* owns spaces, cameras and what they record; a *person* (model User) works in it through *memberships*,
one per role; a *sign-in link* lets a person in once, without a password.
What a role may do is not decided here but in `platform.policy`.
"""
