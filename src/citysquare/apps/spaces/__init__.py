"""Public spaces: the places everything else hangs on.

A *space* is a public place with a name in several languages, a kind and a position; its boundary and *zones* come with the map.
Cameras, observations and assessments belong to a space; the space belongs to an organisation.
"""
