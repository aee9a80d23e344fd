"""What a finished study has left: its tables, its report, the methods section."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pleura.csv_file import read_csv
from pleura.tables import read_cases, read_predictions, read_runs


@dataclass(frozen=True)
class Result:
    """A finished study: its folder and its tables as data frames."""

    folder: Path

    @property
    def predictions(self) -> pd.DataFrame:
        """One row an image of validation or test, recipe, fold, seed and fraction.

        >>> predictions = Result(Path("runs/my_study")).predictions
        >>> sorted(set(predictions["part"]))
        ['test', 'test_centre', 'test_frame', 'validation']
        """
        return read_predictions(self.folder / "predictions.csv")

    @property
    def cases(self) -> pd.DataFrame:
        """Of a segmentation: one row an image of validation or test, structure, recipe, fold,
        seed and fraction.

        >>> sorted(set(Result(Path("runs/lungs")).cases["structure"]))
        ['lung']
        """
        return read_cases(self.folder / "cases.csv")

    @property
    def runs(self) -> pd.DataFrame:
        """One row a recipe, fold, seed and fraction: cost, tuning, history, provenance.

        >>> runs = Result(Path("runs/my_study")).runs
        >>> float(runs.set_index("recipe").loc["scratch", "rate"])  # chosen on validation
        0.001
        """
        return read_runs(self.folder / "runs.csv")

    @property
    def summary(self) -> pd.DataFrame:
        """Every metric with its interval; the report writes it.

        >>> summary = Result(Path("runs/my_study")).summary
        >>> list(summary.columns[:5])
        ['recipe', 'fraction', 'metric', 'class', 'value']
        """
        path = self.folder / "summary.csv"
        if not path.exists():
            self.report()
        numbers = {name: [""] for name in ("value", "low", "high")}
        return read_csv(path, na_values=numbers)

    def report(self) -> Path:
        """Rebuild figures, summary and `report.html` from the tables alone.

        >>> Result(Path("runs/my_study")).report().name
        'report.html'
        """
        from pleura.report.page import write_report
        from pleura.tasks.listed import page_of

        return write_report(self.folder, page_of(self.folder))

    def methods(self, kind: str = "md") -> Path:
        """Write the methods section of a paper on the study and the checklists TRIPOD+AI and CLAIM,
        with blanks for its authors, from the tables alone: `kind` is md (Markdown) or docx (Word).

        >>> Result(Path("runs/my_study")).methods().name
        'methods.md'
        """
        from pleura.report.methods.checklists import checklists_of
        from pleura.report.methods.export import write_methods
        from pleura.report.methods.text import methods_of
        from pleura.tasks.listed import page_of

        study = page_of(self.folder).study(self.folder)
        methods = methods_of(study)
        return write_methods(methods, checklists_of(study, methods), self.folder, kind)
