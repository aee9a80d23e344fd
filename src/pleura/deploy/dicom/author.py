"""Who made a DICOM file: the model, named so that another can be told from it."""

import hashlib
from dataclasses import dataclass
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from pleura.files import digest_of

if TYPE_CHECKING:
    from highdicom.sr import CodedConcept

MAKER = "pleura"
SCHEME = "99PLEURA"  # codes of pleura's own; 99 says that they are private
MEANING = 64  # letters of what a code means, at most
CAUTION = "Research software, not a medical device"


@dataclass(frozen=True)
class Author:
    """A model: its `name`, and the `uid` that follows from its card, weights included."""

    name: str
    uid: str
    version: str

    def equipment(self) -> dict[str, Any]:
        """What stands in a file about what made it."""
        return {
            "manufacturer": MAKER,
            "manufacturer_model_name": self.name[:MEANING],
            "software_versions": self.version,
        }

    def instance(self, series: int, description: str) -> dict[str, Any]:
        """What stands in a file that is the only one of a new series with the number `series`."""
        from highdicom import UID
        from pydicom.uid import ExplicitVRLittleEndian

        return {
            "series_instance_uid": UID(),
            "series_number": series,
            "sop_instance_uid": UID(),
            "instance_number": 1,
            "series_description": description[:MEANING],
            "transfer_syntax_uid": ExplicitVRLittleEndian,
            **self.equipment(),
        }


def author_of(card: dict[str, Any], name: str) -> Author:
    """The author whose card is `card`, called `name`."""
    digest = hashlib.sha256(digest_of(card).encode()).digest()[:16]
    return Author(_one_value(name), f"2.25.{int.from_bytes(digest, 'big')}", version(MAKER))


def _one_value(text: str) -> str:
    """Text on one line that DICOM reads as one value, which a backslash would end."""
    return " ".join(text.replace("\\", "/").split())


def concept(text: str) -> "CodedConcept":
    """A code of pleura's own that means `text`, always the same one."""
    from highdicom.sr import CodedConcept

    meaning = _one_value(text)
    value = hashlib.sha256(meaning.encode()).hexdigest()[:12].upper()
    return CodedConcept(f"P{value}", SCHEME, meaning[:MEANING] or "unnamed")
