"""The methods section and the checklists as Markdown or as a Word document."""

import re
from collections.abc import Sequence
from pathlib import Path

from pleura.errors import InputError
from pleura.files import write_atomically, write_text
from pleura.report.methods.checklists import Checklist
from pleura.report.methods.text import Methods

FORMATS = ("md", "docx")
BLANK = re.compile(r"(\[AUTHORS: [^\]]*\])")
MARKS = re.compile(r"([\\*<`])")  # what Markdown would take for its own


def write_methods(
    methods: Methods, checklists: Sequence[Checklist], folder: Path, kind: str
) -> Path:
    """Write methods.md or methods.docx into a folder; its path is returned. Raises InputError for
    another `kind`."""
    path = folder / f"methods.{kind}"
    match kind:
        case "md":
            write_text(path, as_markdown(methods, checklists))
        case "docx":
            write_word(methods, checklists, path)
        case _:
            raise InputError(f"--format {kind}: choose one of {', '.join(FORMATS)}")
    return path


def as_markdown(methods: Methods, checklists: Sequence[Checklist]) -> str:
    """Headings, paragraphs, a numbered list of references, and the checklists as tables; blanks are
    bold."""
    lines = ["# Methods", ""]
    for title, text in methods.paragraphs.items():
        lines += [f"## {title}", _marked(text), ""]
    lines += ["## References", *(f"{n}. {it}" for n, it in enumerate(methods.references, start=1))]
    for checklist in checklists:
        lines += ["", f"## {checklist.title}", "| item | asks for | answer |", "|---|---|---|"]
        cells = [[_marked(cell).replace("|", "\\|") for cell in row] for row in checklist.rows]
        lines += [f"| {' | '.join(row)} |" for row in cells]
    return "\n".join(lines) + "\n"


def _marked(text: str) -> str:
    return BLANK.sub(r"**\1**", MARKS.sub(r"\\\1", text))


def write_word(methods: Methods, checklists: Sequence[Checklist], path: Path) -> None:
    """The same as a Word document; blanks are highlighted in yellow."""
    from docx import Document
    from docx.enum.text import WD_COLOR_INDEX
    from docx.text.paragraph import Paragraph

    def add(paragraph: Paragraph, text: str) -> None:
        for piece in filter(None, BLANK.split(text)):
            run = paragraph.add_run(piece)
            if BLANK.fullmatch(piece):
                run.font.highlight_color = WD_COLOR_INDEX.YELLOW

    document = Document()
    document.add_heading("Methods", level=1)
    for title, text in methods.paragraphs.items():
        document.add_heading(title, level=2)
        add(document.add_paragraph(), text)
    document.add_heading("References", level=2)
    for number, reference in enumerate(methods.references, start=1):
        document.add_paragraph(f"{number}. {reference}")
    for checklist in checklists:
        document.add_heading(checklist.title, level=2)
        table = document.add_table(rows=0, cols=3, style="Table Grid")
        for row in [("Item", "Asks for", "Answer"), *checklist.rows]:
            for cell, text in zip(table.add_row().cells, row, strict=True):
                add(cell.paragraphs[0], text)
    with write_atomically(path) as temporary, temporary.open("wb") as file:
        document.save(file)
