"""Kermany's children and the adults with covid, in one table: source and age tell the classes
apart, which a study of both has to face."""

from pleura.data.sources.covid_chestxray import COVID_CHESTXRAY
from pleura.data.sources.kermany import KERMANY
from pleura.data.sources.source import Source

KERMANY_COVID = Source(
    name="kermany-covid",
    what="the chest X-rays of kermany (children) and covid-chestxray (mostly adults)",
    archives=(),
    page=f"{KERMANY.page}, {COVID_CHESTXRAY.page}",
    licence="CC BY 4.0 (Kermany); by image, column licence",
    citation="that of both",
    size=f"{KERMANY.size}, and covid-chestxray",
    parts=(KERMANY, COVID_CHESTXRAY),
)
