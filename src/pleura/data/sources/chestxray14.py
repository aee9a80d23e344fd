"""ChestX-ray14 of the National Institutes of Health: 14 findings out of reports (Wang 2017)."""

from collections.abc import Iterator, Sequence, Set
from pathlib import Path

from pleura.data.sources.layout import (
    Cells,
    by_name,
    plain_or_packed,
    read_list,
    read_rows,
    root_of,
    years,
)
from pleura.data.sources.source import Archive, Row, Source
from pleura.errors import InputError, refuse
from pleura.wording import count

FINDINGS = (
    *("Atelectasis", "Cardiomegaly", "Effusion", "Infiltration", "Mass", "Nodule", "Pneumonia"),
    *("Pneumothorax", "Consolidation", "Edema", "Emphysema", "Fibrosis", "Pleural_Thickening"),
    "Hernia",
)
IMAGES_IN_ALL, TESTS = 112_120, 25_596
TABLES = ("Data_Entry_2017_v2020.csv", "Data_Entry_2017.csv")
# Names at nihcc.box.com, and the MD5 that the authors publish beside them.
IMAGES = (
    ("vfk49d74nhbxq3nqjg0900w5nvkorp5c", "fe8ed0a6961412fddcbb3603c11b3698"),
    ("i28rlmbvmfjbl8p2n3ril0pptcmcu9d1", "ab07a2d7cbe6f65ddd97b4ed7bde10bf"),
    ("f1t00wrtdk94satdfb9olcolqx20z2jp", "2301d03bde4c246388bad3876965d574"),
    ("0aowwzs5lhjrceb3qp67ahp0rd1l1etg", "9f1b7f5aae01b13f4bc8e2c44a4b8ef6"),
    ("v5e3goj22zr6h8tzualxfsqlqaygfbsn", "1861f3cd0ef7734df8104f2b0309023b"),
    ("asi7ikud9jwnkrnkj99jnpfkjdes7l6l", "456b53a8b351afd92a35bc41444c58c8"),
    ("jn1b4mw4n6lnh74ovmcjb8y48h8xj07n", "1075121ea20a137b87f290d6a4a5965e"),
    ("tvpxmn7qyrgl0w8wfh9kqfjskv6nmm1j", "b61f34cec3aa69f295fbb593cbd9d443"),
    ("upyy3ml7qdumlgk2rfcvlb9k6gvqq2pj", "442a3caa61ae9b64e61c561294d1e183"),
    ("l6nilvfa9cg3s28tqv1qc1olm3gnz54p", "09ec81c4c31e32858ad8cf965c494b74"),
    ("hhq8fkdgvcari67vfhs7ppg2w6ni4jze", "499aefc67207a5a97692424cf5dbeed5"),
    ("ioqwiy20ihqwyr8pf4c24eazhh281pbu", "dc9fda1757c2de0032b63347a7d2895c"),
)
# The authors' own links to the tables have gone; this copy is what public code reads.
COPY = "https://huggingface.co/datasets/alkzar90/NIH-Chest-X-ray-dataset/resolve/main/data/"


def rows(files: Path, folder: Path) -> Iterator[Row]:
    """One row an image of the table of 2020, or of 2017, with a column a finding (1 or 0). The
    official test list tests; all else is `train`, of which a study keeps patients to validate."""
    root = root_of(files, "test_list.txt")
    table = next((name for name in TABLES if plain_or_packed(root / name)), None)
    if table is None:
        raise InputError(f"{root}: there is no {TABLES[0]}")
    tests = set(read_list(root / "test_list.txt"))
    images = by_name(root, ".png")
    listed = list(read_rows(root / table))
    _refuse_other_list(root / "test_list.txt", tests, listed)
    for row in listed:
        name, found = row["Image Index"], row["Finding Labels"].split("|")
        yield {
            "image": images.get(name, root / "images" / name),
            **{finding: int(finding in found) for finding in FINDINGS},
            "patient": row["Patient ID"],
            "split": "test" if name in tests else "train",
            "view": row["View Position"],
            "age": years(row["Patient Age"]),
            "sex": row.get("Patient Gender") or row.get("Patient Sex", ""),
        }


def _refuse_other_list(path: Path, tests: Set[str], listed: Sequence[Cells]) -> None:
    """Raise InputError for a test list that is cut off or belongs to other images: it names images
    that are not listed, divides a patient, or is not as long as that of the whole set."""
    named = [row for row in listed if row["Image Index"] in tests]
    who = {row["Patient ID"] for row in named}
    problems = []
    if unknown := len(tests) - len({row["Image Index"] for row in named}):
        problems.append(f"{count(unknown, 'name')} in it are of no image of the table")
    rest = {row["Patient ID"] for row in listed if row["Image Index"] not in tests}
    if divided := len(who & rest):
        problems.append(f"{count(divided, 'patient')} would be in the test part and in training")
    if len(listed) >= IMAGES_IN_ALL and len(tests) != TESTS:
        problems.append(f"it names {count(len(tests), 'image')}; its authors published {TESTS:,}")
    refuse(f"{path}: is not the official test list, or a part of it; get it again", problems)


CHESTXRAY14 = Source(
    name="chestxray14",
    what="112,120 frontal chest X-rays of 30,805 adults and children, 14 findings; test list",
    images=IMAGES_IN_ALL,
    archives=(
        *(Archive(f"{COPY}{name}") for name in (TABLES[0], "test_list.txt")),
        *(
            Archive(
                f"https://nihcc.box.com/shared/static/{name}.gz",
                md5=md5,
                file=f"images_{number:03d}.tar.gz",
            )
            for number, (name, md5) in enumerate(IMAGES, 1)
        ),
    ),
    page="https://nihcc.app.box.com/v/ChestXray-NIHCC",
    licence="no restriction on use; link to the page, cite, acknowledge the NIH Clinical Center",
    citation="Wang, Peng, Lu, Lu, Bagheri, Summers: ChestX-ray8: Hospital-scale Chest X-ray "
    "Database and Benchmarks. CVPR 2017",
    size="42 GB",
    rows=rows,
    labels=FINDINGS,
)
