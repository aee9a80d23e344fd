"""Sources by name. A new one is a file of its own and a line here."""

from pleura.data.sources.bimcv_covid19 import BIMCV_COVID19
from pleura.data.sources.chestxray14 import CHESTXRAY14
from pleura.data.sources.chexpert import CHEXPERT
from pleura.data.sources.covid_blues import COVID_BLUES
from pleura.data.sources.covid_chestxray import COVID_CHESTXRAY
from pleura.data.sources.duts import DUTS
from pleura.data.sources.ecssd import ECSSD
from pleura.data.sources.jsrt import JSRT
from pleura.data.sources.kermany import KERMANY
from pleura.data.sources.kermany_covid import KERMANY_COVID
from pleura.data.sources.medmnist import MEDMNIST
from pleura.data.sources.mimic_cxr_jpg import MIMIC_CXR_JPG
from pleura.data.sources.msra10k import MSRA10K
from pleura.data.sources.padchest import PADCHEST
from pleura.data.sources.pocus import POCUS
from pleura.data.sources.rsna_pneumonia import RSNA_PNEUMONIA
from pleura.data.sources.siim_acr import SIIM_ACR
from pleura.data.sources.source import Source
from pleura.data.sources.tuberculosis import LUNG_MASKS, MONTGOMERY, SHENZHEN
from pleura.data.sources.xpie import XPIE
from pleura.errors import InputError, nearest

XRAYS = (KERMANY, COVID_CHESTXRAY, KERMANY_COVID, CHESTXRAY14, CHEXPERT, MIMIC_CXR_JPG, PADCHEST)
CHALLENGES = (RSNA_PNEUMONIA, SIIM_ACR, BIMCV_COVID19)
LUNGS = (MONTGOMERY, SHENZHEN, LUNG_MASKS, JSRT)
ULTRASOUND = (POCUS, COVID_BLUES)
SALIENT = (DUTS, ECSSD, MSRA10K, XPIE)
SOURCES = {
    source.name: source
    for source in (*XRAYS, *CHALLENGES, *LUNGS, *ULTRASOUND, *MEDMNIST, *SALIENT)
}


def find_source(name: str) -> Source:
    """The source of that name. Raises InputError with the names there are."""
    if name not in SOURCES:
        raise InputError(f"there is no source {name!r}{nearest(name, SOURCES)}")
    return SOURCES[name]


def describe_sources() -> str:
    """Every source with its terms, for the terminal."""
    return "\n".join(
        f"{source.name}\n"
        f"  {source.what}\n"
        f"  page      {source.page}\n"
        f"  licence   {source.licence}\n"
        f"  cite      {source.citation}\n"
        f"  get       {_got(source)}"
        for source in SOURCES.values()
    )


def _got(source: Source) -> str:
    """How a source comes, how large it is, and how it is checked."""
    if source.parts:
        return "with its parts"
    if not source.archives:
        return f"--from FOLDER; {source.access}"
    known = [bool(archive.sha256 or archive.md5) for archive in source.archives]
    checked = "checksum published" if all(known) else "checksum of the first download kept"
    if any(known) and not all(known):
        checked = "checksums of the images published"
    return "; ".join(filter(None, (source.size, checked, source.access)))
