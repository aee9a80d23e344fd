"""Pictures of a study's folder side by side, as images inside the page."""

import base64
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import pandas as pd
from markupsafe import Markup

from pleura.report.findings import Findings
from pleura.report.folder import Folder, TableFile
from pleura.report.numbers import decimal
from pleura.report.section import Gallery, Group, Shot

SIGNATURES = {"png": b"\x89PNG\r\n\x1a\n", "svg+xml": b"<svg "}
# Columns of every table of panels that a network's answer stands with.
PANEL_TEXT = ("recipe", "file", "image", "patient", "label", "predicted", "hit")
PANEL_NUMBERS = ("probability",)
RECIPES = 8  # the pictures of others stay in the study's folder
OPEN = 2  # recipes that are not folded away


def file_name(address: str) -> str:
    """The name of an image's file without its folders, which can name patients and wards; that of a
    frame has its number, `clip.mp4::17`."""
    return address.rsplit("/", 1)[-1]


def with_file_names(text: str, addresses: Iterable[str]) -> str:
    """The text with the name of its file in the place of each of the addresses."""
    for address in addresses:
        # Not where it is the end of another address: `a/1.png` of `data/a/1.png`.
        name = file_name(address).replace("\\", r"\\")  # which a replacement takes for a group
        text = re.sub(rf"(?<![^\s(]){re.escape(address)}", name, text)
    return text


def embedded(folder: Path, name: str, kind: str) -> str:
    """The file `name` of `folder`/panels as a data: address; kinds are those of `SIGNATURES`.

    As an image, so that nothing in it can run. Empty where it is absent, outside the folder or of
    another kind: a report stands without.
    """
    panels = (folder / "panels").resolve()
    path = (panels / name).resolve()
    content = path.read_bytes() if path.parent == panels and path.is_file() else b""
    if not content.startswith(SIGNATURES[kind]):
        return ""
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def shots(
    contents: Folder,
    rows: pd.DataFrame,
    describe: Callable[[pd.Series], tuple[str, Markup, Sequence[str]]],
    *,
    kind: str = "png",
    most: int | None = None,
) -> Iterator[Shot]:
    """The first `most` of `rows` whose picture is there; `describe` gives what is read aloud, the
    caption, and smaller lines. Patient and file stand beneath, unless names are hidden."""
    pictures = (
        (row, embedded(contents.path, Path(row["file"]).name, kind)) for _, row in rows.iterrows()
    )
    for row, picture in islice((pair for pair in pictures if pair[1]), most):
        alt, caption, lines = describe(row)
        named = f"patient {row['patient']} · {file_name(row['image'])}"
        every = (*lines, "" if contents.hides_names else named)
        yield Shot(picture, alt, caption, [line for line in every if line])


def answer(row: pd.Series, *, hit: bool = False) -> Markup:
    """What a network said of an image: `ill, taken for healthy (.932)`, or `ill (.932)`."""
    taken = "" if hit else Markup(", taken for <b>{}</b>").format(row["predicted"])
    return Markup("<b>{}</b>{} ({})").format(row["label"], taken, decimal(row["probability"]))


def galleries(
    contents: Folder,
    panels: TableFile,
    findings: Findings,
    width: int,
    *,
    alt: str,
    said: Callable[[pd.Series], str] = lambda _: "",
    detail: Callable[[pd.Series], str] = lambda _: "",
    parts: Iterable[tuple[str, str]] = (("", ""),),
) -> list[Group]:
    """The pictures of a table of panels, by recipe: those of the eight best and the reference.

    `alt` ends what is read aloud, `said` the caption; `detail`, of a recipe's first row, stands
    beside its name. `parts` are titles of galleries with the value of `hit` that they show.
    """
    table = contents.table(panels)
    groups: list[Group] = []
    for name in shown_recipes(table, findings):
        mine = table[table["recipe"] == name]
        every = []
        for title, hit in parts:
            rows = mine[mine["hit"].eq(hit)] if hit else mine
            shown = list(
                shots(
                    contents,
                    rows,
                    lambda row: (
                        f"{row['label']}, taken for {row['predicted']}, {alt}",
                        answer(row, hit=row["hit"] == "True") + said(row),
                        (),
                    ),
                    kind="svg+xml",
                )
            )
            every += [Gallery(shown, width, title)] if shown else []
        folded, look = len(groups) >= OPEN, findings.looks[name]
        groups.append(Group(name, every, folded, look, detail(mine.iloc[0])))
    return groups


def shown_recipes(panels: pd.DataFrame, findings: Findings) -> list[str]:
    """Of the recipes that have pictures, the eight best and the reference."""
    pictured = [name for name in findings.looks if name in set(panels["recipe"])]
    return [name for i, name in enumerate(pictured) if i < RECIPES or name == findings.reference]
