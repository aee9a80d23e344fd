"""DUTS, the largest collection with a training and a test part."""

from pleura.data.sources.pairs import SCENES, pairs_of
from pleura.data.sources.source import Archive, Source

DUTS = Source(
    name="duts",
    what="15,572 photographs (10,553 to train, 5,019 to test), masks with soft edges",
    images=15_572,
    archives=(
        Archive("https://saliencydetection.net/duts/download/DUTS-TR.zip"),
        Archive("https://saliencydetection.net/duts/download/DUTS-TE.zip"),
    ),
    page="http://saliencydetection.net/duts/",
    licence="none stated; photographs of ImageNet and SUN, for research",
    citation="Wang, Lu, Wang, Feng, Wang, Yin, Ruan: Learning to Detect Salient Objects with "
    "Image-level Supervision. CVPR 2017",
    rows=pairs_of,
    access=SCENES,
)
