# SPDX-License-Identifier: MulanPSL-2.0
"""An import-linter contract: a library may be imported by the named rooms only."""

from typing import TypedDict

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class Link(TypedDict):
    """One import that breaks the contract."""

    importer: str
    library: str
    lines: list[int]


class OnlyIn(Contract):
    """Libraries stay inside the rooms that own them.

    import-linter's own ``protected`` type refuses to run while a library or room is not in the
    import graph yet; a rule about an absent library is simply kept.

    Options:
        libraries: top-level names of external packages.
        rooms: modules that may import them, each with everything below it.
    """

    type_name = "only_in"

    libraries = fields.ListField(subfield=fields.StringField())
    rooms = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Find every direct import of a library from outside its rooms."""
        libraries: list[str] = list(map(str, self.__dict__["libraries"]))
        rooms = tuple(map(str, self.__dict__["rooms"]))
        links: list[Link] = []
        for library in libraries:
            if library not in graph.modules:
                continue
            for importer in sorted(graph.find_modules_that_directly_import(library)):
                if any(importer == room or importer.startswith(f"{room}.") for room in rooms):
                    continue
                details = graph.get_import_details(importer=importer, imported=library)
                lines = [detail["line_number"] for detail in details]
                links.append({"importer": importer, "library": library, "lines": lines})
        return ContractCheck(kept=not links, metadata={"links": links})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Name each forbidden import with its line."""
        links: list[Link] = check.metadata["links"]
        for link in links:
            output.print_error(f"{link['importer']} imports {link['library']} (l.{link['lines']})")
