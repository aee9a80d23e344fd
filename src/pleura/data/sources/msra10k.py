"""MSRA10K, mostly one large object a photograph."""

from pleura.data.sources.pairs import SCENES, pairs_of
from pleura.data.sources.source import Archive, Source

MSRA10K = Source(
    name="msra10k",
    what="10,000 photographs",
    images=10_000,
    archives=(Archive("https://mftp.mmcheng.net/Data/MSRA10K_Imgs_GT.zip"),),
    page="https://mmcheng.net/msra10k/",
    licence="none stated; photographs of forums and search engines, for research",
    citation="Cheng, Mitra, Huang, Torr, Hu: Global Contrast based Salient Region Detection. "
    "TPAMI 37(3), 2015",
    size="195 MB",
    rows=pairs_of,
    access=SCENES,
)
