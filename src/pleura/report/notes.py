"""The sentences that a study notes about its data: warnings for the box, facts for the list."""

import re

from pleura.report.folder import Folder
from pleura.report.numbers import capital

OWN_PATIENT = "own patient"
EARLIER = "step "
# What a clinician needs beside the words of a note.
PLAINER = {
    "match `where`": "match the condition “where” below",
}
ONE = re.compile(r"\b1 (image|patient|row|video|file|clip|mask|time)s\b")
REPEATED = "images with the pixels of another image of their patient"


def data_warnings(folder: Folder) -> tuple[tuple[str, bool], ...]:
    """What the data give reason to doubt, as (sentence, whether it touches the verdict itself)."""
    own_patients = [note for note in folder.notes if _doubtful(note)]
    if folder.data.get("image_is_patient") and not own_patients:
        own_patients = ["every image counts as its own patient"]
    warnings = [
        (
            f"{capital(note).rstrip('.')}: where several of them show one person, intervals are "
            "too narrow and people may be on both sides of the split.",
            True,
        )
        for note in own_patients
    ]
    if folder.data.get("fit") == "pad":
        bars = (
            f"Images were padded with black bars to a square{_pixels(folder)}: "
            "where sources differ in shape, the bars can give the source away."
        )
        warnings.append((bars, False))
    return tuple(warnings)


def data_facts(folder: Folder) -> tuple[str, ...]:
    """What was done to rows and images without giving reason to doubt, as sentences."""
    facts = [note for note in folder.notes if not _doubtful(note)]
    if folder.data.get("fit") == "crop" and not folder.notes:
        square = f"central square{_pixels(folder)}"
        facts.append(f"Images were cropped to the {square}: the margins are unseen.")
    return tuple(_sentence(fact) for fact in facts)


def _doubtful(note: str) -> bool:
    # No result is told of the images of an earlier step.
    return OWN_PATIENT in note and not note.startswith(EARLIER)


def _pixels(folder: Folder) -> str:
    size = folder.data.get("size")
    return f" of {size} × {size} pixels" if isinstance(size, int) else ""


def _sentence(text: str) -> str:
    text = ONE.sub(r"1 \1", text).replace("(1 time)", "(once)")
    for words, plainer in PLAINER.items():
        text = text.replace(words, plainer)
    if text.startswith(REPEATED):
        text += "; they stay on one side of the split, as all images of a patient do"
    text = capital(text)
    return text if text.endswith((".", "!", "?")) else f"{text}."
