"""`./do soak`: a node of real processes filmed for hours by cameras that misbehave, while its processes and its disk do too.

Everything that happens comes from one seed. At the end each picture the cameras produced must be stored bit for bit or lie in a gap.
"""
