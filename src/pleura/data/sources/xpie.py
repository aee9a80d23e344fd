"""XPIE, the collection that X-Unet was pretrained on (Cheng and Lam, arXiv 2110.02196)."""

from pleura.data.sources.pairs import SCENES, pairs_of
from pleura.data.sources.source import Archive, Source

XPIE = Source(
    name="xpie",
    what="10,000 photographs with masks, out of 29,600 looked at",
    images=10_000,
    # The address that papers and lists give; a plain one, so nothing but the kept digest guards it.
    archives=(Archive("http://cvteam.net/projects/CVPR17-ELE/XPIE.tar.gz"),),
    page="http://cvteam.net/projects/CVPR17-ELE/ELE.html",
    licence="none stated; photographs of Panoramio, ImageNet and fixation data, for research",
    citation="Xia, Li, Chen, Zheng, Zhang: What is and What is Not a Salient Object? Learning "
    "Salient Object Detector by Ensembling Linear Exemplar Regressors. CVPR 2017",
    rows=pairs_of,
    access=SCENES,
)
