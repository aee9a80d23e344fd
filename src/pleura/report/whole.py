"""The table of the task in a folder, refused where the folder was copied in part, or written to by
another program."""

from pathlib import Path

import pandas as pd

from pleura.csv_file import AGAIN
from pleura.errors import refuse
from pleura.report.folder import Folder
from pleura.report.names import refuse_respelled
from pleura.tables import CENTRE, FRAME, KEYS

RUNS = "runs.csv"


def tested(folder: Folder, table: pd.DataFrame, name: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows that ranked runs have in the table of the task, the file `name`, and those of runs
    that no ranking holds. Raises InputError (see `refuse_respelled` and `refuse_incomplete`)."""
    refuse_respelled(table, folder.data, folder.path / name)
    refuse_incomplete(folder, table, folder.path / name)
    aside = table["recipe"].isin(folder.aside["recipe"])
    return table[~aside].reset_index(drop=True), table[aside]


def refuse_incomplete(folder: Folder, table: pd.DataFrame, path: Path) -> None:
    """Raise InputError where the table at `path`, of predictions or cases, lacks runs of runs.csv
    or test images that it counts, whole or with a part hidden, or has a recipe that runs.csv lacks:
    a page of what is left would look whole. Single runs that runs.csv lacks are told on the page.
    """
    runs = pd.concat([folder.runs, folder.aside])[[*KEYS, "n_test"]]
    test = table[table["part"].isin(["test", CENTRE, FRAME])]
    images = test.groupby([*KEYS, "part"])["image"].nunique().rename("images")
    both = runs.merge(images.reset_index(), how="outer", on=[*KEYS])
    recipes, problems = {*runs["recipe"]}, []
    for row in both.to_dict("records"):
        which = f"{row['recipe']}, fraction {row['fraction']:g}, seed {row['seed']:g}"
        which += f", fold {row['fold']:g}"
        if pd.isna(row["images"]):
            problems.append(f"{which}: is in {RUNS}, and has no test image in {path.name}")
        elif row["recipe"] not in recipes:
            problems.append(f"{row['recipe']}: is in {path.name}, and not in {RUNS}")
        elif row["images"] < row["n_test"]:
            part = f"{row['images']:g} of {row['n_test']:g} images of part {row['part']}"
            problems.append(f"{which}: {part}")
    heading = f"{path}: is not whole, or not of the same study as {RUNS}; {AGAIN}"
    refuse(heading, list(dict.fromkeys(problems)))
