"""The report of a finished study, by the page of the task that its file names."""

from pathlib import Path

from pleura.report import page
from pleura.tasks.listed import page_of


def write_report(folder: Path) -> Path:
    """Write the report into a study's folder; the path of its page."""
    return page.write_report(folder, page_of(folder))
