"""ECSSD, scenes of complex structure. The checksums are those of a public evaluation script."""

from pleura.data.sources.pairs import SCENES, pairs_of
from pleura.data.sources.source import Archive, Source

_FOLDER = "https://www.cse.cuhk.edu.hk/leojia/projects/hsaliency/data/ECSSD/"

ECSSD = Source(
    name="ecssd",
    what="1,000 photographs",
    images=1000,
    archives=(
        Archive(
            f"{_FOLDER}images.zip",
            "7d5dce1a21c6d82e2f9617c00ad7eae2de5ded9320e8c59a01b4c731d210ea47",
        ),
        Archive(
            f"{_FOLDER}ground_truth_mask.zip",
            "dc0a9f11f2adee2737d95b28f9567a0a5de33f78743447c097ceb4d42f281a31",
        ),
    ),
    page="https://www.cse.cuhk.edu.hk/leojia/projects/hsaliency/dataset.html",
    licence="none stated; photographs of the internet and of BSD, for research",
    citation="Shi, Yan, Xu, Jia: Hierarchical Image Saliency Detection on Extended CSSD. "
    "TPAMI 38(4), 2016",
    rows=pairs_of,
    access=SCENES,
)
