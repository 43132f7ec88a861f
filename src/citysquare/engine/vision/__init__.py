"""From decoded pictures to things that moved.

`motion` finds what differs from the scene's background, `tracking` follows it from picture to picture, `detection` says how a
detector of classes is plugged in. Nothing here reads a stream or knows a camera: pictures and times are passed in, and the same
pictures always give the same answer.
"""
