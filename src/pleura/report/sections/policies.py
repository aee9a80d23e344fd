"""How many labels of test images a policy has decided, in the place of who saw them."""

from pleura.evaluate.predicted_runs import knowns, labels_of, positives
from pleura.report.classification import ClassifierFolder, ClassifierStudy
from pleura.report.folder import TableFile
from pleura.report.numbers import percent
from pleura.report.section import Cautions, warn
from pleura.report.table import Cell, Table, table_of
from pleura.tables import BY_POLICY, LABEL

POLICIES = TableFile(BY_POLICY, ("image",))


def policy_table(contents: ClassifierFolder) -> Table | None:
    """Of each finding of which a policy decided a label of some test image, how many of those that
    are there, and of those that are not; None where it decided none."""
    decided, names = contents.table(POLICIES), contents.classes
    if decided.empty:
        return None
    images = contents.test.drop_duplicates("image")
    labels = labels_of(images, names)
    there, is_known = positives(labels, len(names)), knowns(labels, len(names))
    of_image = decided.set_index("image").reindex(images["image"])
    rows = []
    for at, name in enumerate(names):
        by_policy = of_image[f"{LABEL}{name}"].isin(["0", "1"]).to_numpy()
        sides = (is_known[:, at] & there[:, at], is_known[:, at] & ~there[:, at])
        counts = [(int(by_policy[side].sum()), int(side.sum())) for side in sides]
        if by_policy.any():
            rows.append([Cell(name), *(_share(*each) for each in counts)])
    return table_of(
        "Labels of test images that a policy has decided",
        rows,
        "Finding | By policy / of those that are there | By policy / of those that are not there",
    )


def _share(decided: int, of: int) -> Cell:
    share = decided / of if of else 0.0
    return Cell(percent(round(share, 2)), f"{decided} of {of}", order=share)


def policy_cautions(study: ClassifierStudy, _: bool) -> Cautions:
    """That test labels are not all those of who saw the images."""
    if table := policy_table(study.recipes.contents):
        decided = [
            f"“{finding.text}” ({there.detail} there, {absent.detail} not there)"
            for finding, there, absent in table.rows
        ]
        yield warn("several", "by_policy", serious=False, told=decided)
