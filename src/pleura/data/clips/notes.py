"""What the report says of sectors."""

from collections import Counter

import pandas as pd

from pleura.data.clips.sector import NONE, STILL
from pleura.wording import count


def sector_note(info: pd.DataFrame) -> tuple[str, ...]:
    """A sentence on the sectors of the images of a bank (`Bank.info`); none where the bank has
    whole images."""
    sectors = info["sector"][info["sector"] != ""]
    if sectors.empty:
        return ()
    kinds = Counter(sectors.str.removesuffix(STILL))
    without = kinds.pop(NONE, 0)
    stills = int(sectors.str.endswith(STILL).sum())
    shown = " and ".join(f"{number:,} {probe}" for probe, number in sorted(kinds.items()))
    parts = [f"images are cropped to the ultrasound's sector ({shown or 'none'})"]
    if moved := len(sectors) - stills - without:
        parts.append(
            f"in {count(moved, 'image')} of clips it is found by what moves, and what stands still "
            "over it (text, rulers, marks) is filled from its surroundings"
        )
    if stills:
        parts.append(
            f"in {count(stills, 'still')} it is what is not black, and what is "
            "written on that stays"
        )
    if without:
        parts.append(f"shown whole, since none is found: {without:,}")
    return ("; ".join(parts),)
