"""Draws the house from the imports: which room enters which, in docs/contributing.md.

`python docs/house_drawing.py` writes the drawings anew; a test holds them to be those of the code.
An arrow that another way of arrows goes as well is left out.
"""

from pathlib import Path

import grimp

PAGE = Path(__file__).parent / "contributing.md"
PARTS = {"styleswap": ("runtime", "proof", "private"), "styleswap.engine": ()}
"""What is drawn, and which of its modules are left out since they are entered from everywhere."""


def arrows(package: str, left_out: tuple[str, ...]) -> set[tuple[str, str]]:
    """The rooms of a package that import one another, without what follows from the others."""
    graph = grimp.build_graph("styleswap", cache_dir=None)
    rooms = sorted(graph.find_children(package))
    entered: set[tuple[str, str]] = set()
    for importer in rooms:
        for imported in rooms:
            if importer != imported and graph.direct_import_exists(
                importer=importer, imported=imported, as_packages=True
            ):
                entered.add((importer.rpartition(".")[2], imported.rpartition(".")[2]))
    kept = {pair for pair in entered if not {*pair} & {*left_out}}
    return {
        (start, end)
        for start, end in kept
        if not any(
            (start, between) in kept and _leads(kept, between, end)
            for between in {other for _, other in kept} - {start, end}
        )
    }


def _leads(entered: set[tuple[str, str]], start: str, end: str) -> bool:
    """Whether a way of arrows goes from one room to another."""
    seen, ahead = {start}, [start]
    while ahead:
        room = ahead.pop()
        if room == end:
            return True
        following = {other for one, other in entered if one == room} - seen
        seen |= following
        ahead += following
    return False


def drawing(package: str) -> str:
    """A drawing in Mermaid."""
    lines = [f"    {start} --> {end}" for start, end in sorted(arrows(package, PARTS[package]))]
    return "\n".join(["```mermaid", "flowchart TD", *lines, "```"])


def drawn(text: str) -> str:
    """The page's text with the drawings of now, each after its mark."""
    for package in PARTS:
        mark = f"<!-- drawn from the imports: {package} -->\n"
        before, _, after = text.partition(mark)
        rest = after.partition("```mermaid")[2].partition("\n```")[2]
        text = before + mark + drawing(package) + rest
    return text


if __name__ == "__main__":
    PAGE.write_text(drawn(PAGE.read_text()))
