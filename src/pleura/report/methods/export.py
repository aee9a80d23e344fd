"""The methods section as Markdown or as a Word document."""

import re
from pathlib import Path

from pleura.errors import InputError
from pleura.files import write_atomically, write_text
from pleura.report.methods.text import Methods

FORMATS = ("md", "docx")
BLANK = re.compile(r"(\[AUTHORS: [^\]]*\])")
MARKS = re.compile(r"([\\*<`])")  # what Markdown would take for its own


def write_methods(methods: Methods, folder: Path, kind: str) -> Path:
    """Write methods.md or methods.docx into a folder; its path is returned. Raises InputError for
    another `kind`."""
    path = folder / f"methods.{kind}"
    match kind:
        case "md":
            write_text(path, as_markdown(methods))
        case "docx":
            write_word(methods, path)
        case _:
            raise InputError(f"--format {kind}: choose one of {', '.join(FORMATS)}")
    return path


def as_markdown(methods: Methods) -> str:
    """Headings, paragraphs and a numbered list of references; blanks are bold."""
    lines = ["# Methods", ""]
    for title, text in methods.paragraphs.items():
        lines += [f"## {title}", BLANK.sub(r"**\1**", MARKS.sub(r"\\\1", text)), ""]
    lines += ["## References", *(f"{n}. {it}" for n, it in enumerate(methods.references, start=1))]
    return "\n".join(lines) + "\n"


def write_word(methods: Methods, path: Path) -> None:
    """The same as a Word document; blanks are highlighted in yellow."""
    from docx import Document
    from docx.enum.text import WD_COLOR_INDEX

    document = Document()
    document.add_heading("Methods", level=1)
    for title, text in methods.paragraphs.items():
        document.add_heading(title, level=2)
        paragraph = document.add_paragraph()
        for piece in filter(None, BLANK.split(text)):
            run = paragraph.add_run(piece)
            if BLANK.fullmatch(piece):
                run.font.highlight_color = WD_COLOR_INDEX.YELLOW
    document.add_heading("References", level=2)
    for number, reference in enumerate(methods.references, start=1):
        document.add_paragraph(f"{number}. {reference}")
    with write_atomically(path) as temporary, temporary.open("wb") as file:
        document.save(file)
