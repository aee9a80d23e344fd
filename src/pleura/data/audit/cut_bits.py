"""What is told of DICOM files whose samples have more bits than their headers say."""

import numpy as np
import pandas as pd

from pleura.data.manifest import Manifest
from pleura.data.readers import split_address
from pleura.wording import count


def cut_note(manifest: Manifest, info: pd.DataFrame) -> tuple[str, ...]:
    """A sentence on the images of a bank (`Bank.info`) of which bits were taken away that their
    files do not speak of; none where there are none."""
    rows = np.flatnonzero(info["cut"])
    if not len(rows):
        return ()
    files = {split_address(info["image"].iloc[row])[0] for row in rows}
    return (
        f"samples with more bits than the header of their file says (BitsStored): those of "
        f"{count(len(files), 'DICOM file')}, such as {manifest.describe(int(rows[0]))}; the bits "
        "beyond were taken away, as DCMTK does, so that gray levels are wrong where the header is: "
        "look at these images, and export them again or leave them out",
    )
