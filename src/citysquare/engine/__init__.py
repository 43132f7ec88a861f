"""Camera -> footage -> observations, in pure Python.

The engine knows nothing of Django, of people or of cases. It speaks to the rest of the platform only through the Protocols in
`ports`, and it can be used alone, as a library or as `python -m citysquare.engine`.

Layers, top to bottom: `cli`, `local` > `analysis`, `probe` > `footage` | `vision` > `sources` > `decode` > `ports` > `model` > `errors`
> `logs`.
"""
