"""Images of which their table says that names stand in the pixels."""

import numpy as np

from pleura.data.audit.collection import Collection
from pleura.data.audit.finding import Finding
from pleura.data.columns import BURNED_IN, recorded
from pleura.data.names import word_key
from pleura.wording import count


def find_burned_in(collection: Collection) -> tuple[Finding, ...]:
    """One finding for all images that have YES in a column such as `burned_in`, which comes from
    the DICOM header (BurnedInAnnotation)."""
    table = collection.manifest.table
    columns = [name for name in map(str, table) if recorded(name) == BURNED_IN]
    rows = np.flatnonzero((table[columns].map(word_key) == "yes").any(axis=1))
    if not len(rows):
        return ()
    text = (
        f"by {columns[0]}, names may stand in the pixels of {len(rows):,} of "
        f"{count(len(table), 'image')}; look at them before you show any, or leave them out by "
        f"where: {{{columns[0]}: '!YES'}}"
    )
    return (Finding("names in pixels", tuple(rows.tolist()), len(rows) / len(table), text),)
