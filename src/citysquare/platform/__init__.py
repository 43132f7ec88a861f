"""What the rooms share: errors, events and their outbox, the audit log, the policy, doors, personal data, page furniture.

The platform knows no room. A room hands it what it needs: handlers for events, items of navigation, what it holds on a person.
"""
