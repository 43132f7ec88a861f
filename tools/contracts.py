"""The one import contract that import-linter does not bring: rooms are entered through their doors.

`container` names the package that holds the rooms, `doors` the modules of a room that other rooms may import; of a door that is a
package also its modules, unless their names begin with `_`. Anything else of a room is its own affair. Imports inside functions count;
imports for type checking alone do not (see pyproject.toml).
"""

from __future__ import annotations

from typing import Any

import grimp
from importlinter import Contract, ContractCheck, fields, output


class DoorsContract(Contract):
    """Refuses an import from one room into another that does not go through a door."""

    type_name = "doors"
    container: Any = fields.StringField()
    doors: Any = fields.ListField(subfield=fields.StringField())

    def check(self, graph: grimp.ImportGraph, verbose: bool) -> ContractCheck:  # noqa: ARG002, FBT001 -- import-linter's signature
        """Compare every import between two rooms with the doors of the room that is entered."""
        broken = forced_doors(graph, container=self.container, doors=tuple(self.doors))
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print one line per import that broke in."""
        for importer, imported in check.metadata["broken"]:
            output.print_error(f"{importer} must not import {imported}: use the room's services, queries or events", bold=False)
        output.new_line()


def forced_doors(graph: grimp.ImportGraph, *, container: str, doors: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the imports (importer, imported) between rooms of `container` that go through none of `doors`."""
    rooms = sorted(graph.find_children(container)) if container in graph.modules else []
    broken: list[tuple[str, str]] = []
    for room in rooms:
        inside = {room, *graph.find_descendants(room)}
        open_to_others = {f"{room}.{door}" for door in doors}
        for door in sorted(open_to_others & graph.modules):
            open_to_others |= {module for module in graph.find_children(door) if not module.rpartition(".")[2].startswith("_")}
        for module in sorted(inside - open_to_others):
            importers = sorted(graph.find_modules_that_directly_import(module))
            broken += [(importer, module) for importer in importers if importer.startswith(f"{container}.") and importer not in inside]
    return broken
