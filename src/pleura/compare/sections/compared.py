"""Whether the two can be compared: patients, images, classes and recipes of both."""

from pleura.compare.people import ABSENT, LEARNED, TESTED
from pleura.compare.sections.part import Blocks, Part
from pleura.compare.tables import Compared
from pleura.report.numbers import capital, count, listing
from pleura.report.section import Text
from pleura.report.table import Cell, Column, Table, pairs

DID = {
    TESTED: ("tested on them, too", "compared in pairs, where images are shared"),
    LEARNED: ("learned from them, or chose or calibrated by them", "never compared in pairs"),
    ABSENT: ("does not have them", ""),
}


def blocks(compared: Compared) -> Blocks:
    """Patients, images, classes and recipes of both."""
    yield Text(_who(compared))
    yield _overlap(compared)
    out, images = compared.facts["left_out"], compared.facts["images"]
    if images["shared"]:
        used = int(compared.tables["shared_images"]["used"].sum())
        reasons = [
            f"{count(number[1], 'image')} of {count(number[0], 'patient')}: {why}"
            for why, number in out.items()
            if number[1]
        ]
        told = f" Left out: {listing(reasons)}." if reasons else ""
        yield Text(
            f"{count(images['shared'], 'test image')} in both, of which {used:,} are compared in "
            f"pairs.{told} shared_images.csv names each."
        )
    yield pairs("What both have", _facts(compared), ("What", "Which"))


def _overlap(compared: Compared) -> Table:
    table = compared.tables["overlap"]
    rows = []
    for did, (text, detail) in DID.items():
        row = [Cell(f"The other study {text}", detail)]
        for name in compared.names:
            its = table[(table["other"] == did) & (table["study"] == name)]
            patients, images = float(its["patients"].sum()), float(its["images"].sum())
            row.append(Cell(f"{patients:,.0f}", count(images, "image"), patients))
        rows.append(row)
    columns = [Column(f"Tested in {name}", "patients") for name in compared.names]
    return Table.of("Test patients of each study in the other", rows, "", *columns)


def _who(compared: Compared) -> str:
    people = compared.facts["people"]
    how = (
        "their names" if compared.facts["images"]["how"] == "name" else "the content of their files"
    )
    names = (
        "Patients are the same where all spellings of their names are, or where they share a test "
        "image."
        if people["by_names"]
        else "Patients are the same where they share a test image; names were not compared."
    )
    return (
        f"{names} Images are the same by {how}: one that was saved again in another format is "
        "counted at most. "
        "Nobody who trained, chose or calibrated a model of either study is in a paired "
        "difference."
    )


def _facts(compared: Compared) -> dict[str, str]:
    facts = compared.facts
    told = {}
    if facts["classes"]:
        told[f"{capital(compared.noun.several)} of both"] = ", ".join(facts["classes"])
    for name, only in zip(compared.names, facts["only"], strict=True):
        if only:
            told[f"{capital(compared.noun.several)} of {name} alone"] = ", ".join(only)
    recipes = dict.fromkeys(compared.tables["differences"]["recipe"])
    told["Recipes of both"] = ", ".join(recipes)
    for name, only in zip(compared.names, facts["recipes_only"], strict=True):
        if only:
            told[f"Recipes of {name} alone"] = ", ".join(only)
    for name, question in zip(compared.names, facts["questions"], strict=True):
        if question:
            told[f"Question of {name}"] = question
    return told


PART = Part("compared", "Who and what", "What is compared with what", blocks)
