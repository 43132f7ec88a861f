"""How the system itself is doing: what runs, what it costs, how long the disk lasts and what is wrong.

`figures` gathers, `forecast` and `troubles` judge (pure functions), `pages`, `metrics` and `health` show.
"""
