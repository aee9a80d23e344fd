"""All detectors of the audit, in the order in which their findings are shown."""

from pleura.data.audit.borders import find_empty
from pleura.data.audit.burned_in import find_burned_in
from pleura.data.audit.collection import Collection
from pleura.data.audit.duplicates import find_duplicates
from pleura.data.audit.finding import Detector, Finding
from pleura.data.audit.foreign import find_foreign
from pleura.data.audit.labels import find_mislabelled
from pleura.data.audit.marks import find_marks
from pleura.data.audit.orientation import find_misplaced

DETECTORS = (
    Detector(
        "duplicates",
        "Images that stand there twice: equal, saved again, mirrored or cut differently.",
        find_duplicates,
    ),
    Detector(
        "orientation",
        "Images that are inverted, mirrored, upside down or turned, unlike the rest.",
        find_misplaced,
    ),
    Detector("empty", "Images that are blank, nearly blank or mostly border.", find_empty),
    Detector(
        "foreign",
        "Images unlike all others: another view, another body part, no medical image.",
        find_foreign,
    ),
    Detector(
        "labels",
        "Images whose label a simple model finds very unlikely.",
        find_mislabelled,
    ),
    Detector(
        "marks",
        "Letters and side markers near the edges, and where they lie.",
        find_marks,
    ),
    Detector(
        "burned in",
        "Images whose table says that names stand in their pixels (burned_in).",
        find_burned_in,
    ),
)


def find_faults(collection: Collection) -> tuple[Finding, ...]:
    """The findings of all `DETECTORS`, in their order; those of one detector the surest first."""
    return tuple(finding for detector in DETECTORS for finding in detector.find(collection))
