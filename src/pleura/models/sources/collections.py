"""Collections of medical images on which published weights were trained, and what people call them.

The images of one collection can be those of another, under other labels. A study that tests on one
of them is told where weights may have learned from its images."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Collection:
    """A collection of images: its `name`; `called`: further names, of pleura's own source (`public:
    NAME`) among them; `images_of`: the collections that all or some of its images are taken from.
    """

    name: str
    called: tuple[str, ...] = ()
    images_of: tuple["Collection", ...] = field(default=(), repr=False)

    @property
    def origins(self) -> frozenset[str]:
        """Its name, and those of all collections that its images are taken from."""
        return frozenset({self.name}).union(*(each.origins for each in self.images_of))


NIH = Collection(
    "NIH ChestX-ray14",
    (
        "nih",
        "nih cxr",
        "chestxray8",
        "chestxray14",
        "nihcc",
        "nih chestxray8",
        "nih chest x-ray",
        "cxr8",
    ),
)
RSNA = Collection("RSNA pneumonia", ("rsna", "rsna pneumonia detection challenge"), (NIH,))
SIIM = Collection("SIIM-ACR pneumothorax", ("siim", "siim acr", "siim pneumothorax"), (NIH,))
GOOGLE_NIH = Collection("NIH images with Google's labels", ("nih google", "google nih"), (NIH,))
CHESTMNIST = Collection("ChestMNIST", ("chestmnist",), (NIH,))
CHEXPERT = Collection("CheXpert", ("chexpert v1.0", "chexpert small", "chexpert v1.0 small"))
MIMIC = Collection("MIMIC-CXR", ("mimic", "mimic cxr jpg"))
PADCHEST = Collection("PadChest", ("bimcv padchest",))
VINDR = Collection("VinDr-CXR", ("vindr", "vinbigdata", "vinbigdata cxr"))
OPENI = Collection("Open-i (Indiana University)", ("openi", "indiana", "iu x-ray", "nlmcxr"))
BRAX = Collection("BRAX")
SHENZHEN = Collection("Shenzhen", ("shenzhen tb", "shenzhen hospital"))
MONTGOMERY = Collection("Montgomery", ("montgomery county", "montgomery tb"))
LUNG_MASKS = Collection("Montgomery and Shenzhen", ("lung masks",), (MONTGOMERY, SHENZHEN))
COHEN = Collection(
    "COVID-19 image data collection", ("covid chestxray", "covid chestxray dataset", "cohen")
)
KERMANY = Collection(
    "Kermany", ("kermany2018", "chest xray pneumonia", "guangzhou", "mendeley", "mendeley v2")
)
PNEUMONIAMNIST = Collection("PneumoniaMNIST", (), (KERMANY,))
KERMANY_COVID = Collection("Kermany with COVID-19", ("kermany covid",), (KERMANY, COHEN))
BIMCV_COVID = Collection("BIMCV COVID-19+", ("bimcv", "bimcv covid19"))
COVIDX = Collection("COVIDx", ("covidx cxr", "covidx cxr2"), (COHEN, RSNA, BIMCV_COVID))
COVID_RADIOGRAPHY = Collection(
    "COVID-19 Radiography Database",
    ("covid radiography", "covid 19 radiography", "covid 19 radiography dataset"),
    (BIMCV_COVID, PADCHEST, COHEN, RSNA, KERMANY),
)
COVID_QU_EX = Collection(
    "COVID-QU-Ex", ("covid qu", "covid qu ex dataset"), (COVID_RADIOGRAPHY, PADCHEST)
)
MS_CXR = Collection("MS-CXR", (), (MIMIC,))
IMAGENOME = Collection("Chest ImaGenome", ("imagenome",), (MIMIC,))
RADIMAGENET = Collection("RadImageNet")
THREE_M_US = Collection("3M-US", ("3mus",))

COLLECTIONS = (
    *(NIH, RSNA, SIIM, GOOGLE_NIH, CHESTMNIST, CHEXPERT, MIMIC, PADCHEST, VINDR, OPENI, BRAX),
    *(SHENZHEN, MONTGOMERY, LUNG_MASKS, COHEN, KERMANY, PNEUMONIAMNIST, KERMANY_COVID),
    *(BIMCV_COVID, COVIDX, COVID_RADIOGRAPHY, COVID_QU_EX, MS_CXR, IMAGENOME),
    *(RADIMAGENET, THREE_M_US),
)


def _key(name: str) -> str:
    """A name by which `NIH_ChestX-ray14` and `nih chestxray14` are the same."""
    return "".join(_words(name))


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z0-9]+", text.casefold())


_BY_KEY = {
    _key(name): collection
    for collection in COLLECTIONS
    for name in (collection.name, *collection.called)
}
MOST_WORDS = 8  # of a name


def collections_in(text: str) -> list[Collection]:
    """The collections that a text names, such as a source, a file's name or a citation.

    A name is one or more whole words of the text; of names within one another the longest counts.

    >>> [each.name for each in collections_in("nih_chestxray14, and Kermany 2018")]
    ['NIH ChestX-ray14', 'Kermany']
    """
    words, found, start = _words(text), [], 0
    while start < len(words):
        for end in range(min(len(words), start + MOST_WORDS), start, -1):
            if collection := _BY_KEY.get("".join(words[start:end])):
                found.append(collection)
                start = end - 1
                break
        start += 1
    return list(dict.fromkeys(found))


def in_common(one: Iterable[Collection], other: Iterable[Collection]) -> list[Collection]:
    """Those of `one` whose images may be among those of the `other` collections, in their order."""
    seen = frozenset[str]().union(*(each.origins for each in other))
    return [each for each in one if each.origins & seen]
