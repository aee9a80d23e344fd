"""Whose images these are, and whom the model knew."""

from pleura.external.sections.part import Blocks, Part
from pleura.external.tables import Evaluated
from pleura.report.numbers import capital, count
from pleura.report.section import Text
from pleura.report.table import Cell, Table


def blocks(evaluated: Evaluated) -> Blocks:
    """Whose images these are, and whom the model knew."""
    facts, home = evaluated.facts, evaluated.facts.get("home")
    if home is None:
        yield Text(
            "The folder of the model's study is not here (name it by --study), so that nobody "
            "could look whether the model was trained on patients of this table."
        )
    else:
        names = f"patients by all spellings of {count(home['patients_compared'], 'name')}"
        if facts.get("strangers"):
            names = "patients not, as those of the same name were said to be other people"
        elif facts.get("names", home) is None:
            names = "patients not, as every image counts as a patient, here or in the study"
        yield Text(
            f"Compared with the study “{home['study']}”: {names}; images by the pixels of "
            f"{count(home['images_compared'], 'decoded image')}, mirrored and saved again too. "
            "A patient of another number with other images is not found."
        )
        if doubt := (facts.get("names") or {}).get("doubt"):
            yield Text(doubt)
    if (number := facts.get("fingerprints")) is not None:
        yield Text(
            f"Images were compared with the fingerprints of {count(number, 'training image')}, "
            "mirrored too; patients by name were not."
            if home is None
            else f"Images were also compared with {count(number, 'fingerprint')}."
        )
    for note in facts["notes"]:
        yield Text(capital(str(note)) + "." * (not str(note).endswith(".")))
    known = evaluated.table("known")
    rows = [
        [Cell(f"row {row['row']}", str(row["image"])), Cell(str(row["by"])), Cell(str(row["part"]))]
        for row in known.to_dict("records")
    ]
    if rows:
        yield Table.of("Known to the study", rows, "Row | Known by | Part at home")


PART = Part("patients", "Patients", "Patients and images", blocks)
