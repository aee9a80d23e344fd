"""Pictures saved while images and models are at hand, so that the report needs neither."""

import pandas as pd
from PIL import Image

from pleura.evaluate.answers import told_of
from pleura.files import write_atomically
from pleura.study.context import Context
from pleura.tables import write_table

SHOWN = 12


def write_mistakes(context: Context, predictions: pd.DataFrame, recipe: str) -> None:
    """Write `panels/mistakes.csv` and its pictures: the most confident mistakes of a recipe.

    At its largest fraction, of each patient the image and seed that were surest: many images of
    one patient would show one mistake many times.
    """
    folder = context.out / "panels"
    mine = predictions[(predictions["recipe"] == recipe) & (predictions["part"] == "test")]
    mine = mine[mine["fraction"] == mine["fraction"].max()]
    answers = told_of(mine, context.manifest.classes)
    images = mine[["recipe", "fraction", "seed", "image", "patient"]]
    table = images.join(answers[["label", "predicted", "probability"]])
    wrong = table[~answers["hit"]]
    wrong = wrong.sort_values(["probability", "image"], ascending=[False, True])
    wrong = wrong.drop_duplicates("patient").head(SHOWN)
    for stale in folder.glob("mistake_*.png"):
        stale.unlink()
    files = [f"mistake_{number:02d}.png" for number in range(len(wrong))]
    images_shown = context.bank.read(context.manifest.rows(wrong["image"]))
    for name, pixels in zip(files, images_shown, strict=True):
        with write_atomically(folder / name) as temporary:
            Image.fromarray(pixels).save(temporary)
    write_table(folder / "mistakes.csv", wrong.assign(file=files))
