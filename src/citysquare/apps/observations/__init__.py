"""What was seen: finished tracks of cameras, and their counts.

An *observation* is what the policy lets us keep of a *track*: its class, when and where it passed through the view. No picture, no
plate, no description of a person. Each track is kept once, however often it is handed over.
"""
