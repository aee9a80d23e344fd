"""The progress of a study, read from its folder: steps that are done, and who does which now."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pleura.errors import InputError
from pleura.files import read_mapping
from pleura.holders import Holder
from pleura.leases import LEASE, holder_of
from pleura.progress import Work
from pleura.study.attempt import ATTEMPTS
from pleura.study.step import DONE
from pleura.study.work import PLAN
from pleura.wording import count

WAITING = "waiting for workers"


def status_of(folder: Path) -> str:
    """Lines that say how many steps are done, which are running and where, and who runs the study.

    What each process says of its work is a few seconds old. Raises InputError for a folder that no
    run has begun.

    >>> print(status_of(Path("runs/my_study")))
    all 16 steps are done
    the report is runs/my_study/report.html
    """
    plan = read_mapping(folder / PLAN)
    if not plan:
        raise InputError(f"{folder}: no run of a study has begun here")
    titles: dict[str, str] = plan["steps"]
    done = [name for name in titles if (folder / "steps" / name / DONE).exists()]
    of = count(len(titles), "step")
    more = ", more once searches have ended" if plan["open"] else ""
    if len(done) == len(titles) and not plan["open"]:
        lines = [f"all {of} are done"]
        report = folder / "report.html"
        lines.append(f"the report is {report}" if report.exists() else "the report is not written")
    else:
        lines = [f"steps done: {len(done)} of {len(titles)}{more}"]
    lines += [_line(holder, titles.get(name, name)) for name, holder in _at_work(folder)]
    run = holder_of(folder / LEASE)
    if run is not None:
        lines.append(f"run by {run}{_how_it_does(run)}")
    elif len(done) < len(titles) or plan["open"]:
        lines.append("nobody runs it; the same command goes on from here")
    return "\n".join(lines)


def _how_it_does(run: Holder) -> str:
    """Whether a run has ended, or how many workers it has; nothing of one that does all itself."""
    if run.has_ended:
        return ", which has ended; the same command goes on from here"
    if (workers := run.doing.get("workers")) is None:
        return ""
    return f", {WAITING}" if workers == 0 else f", which has {count(workers, 'worker')}"


def _at_work(folder: Path) -> Iterator[tuple[str, Holder]]:
    """Steps that are not done, by the names of their folders, and who is at them."""
    for place in sorted((folder / ATTEMPTS).glob("*")):
        if (folder / "steps" / place.name / DONE).exists():  # and who was ended just then
            continue
        holder = holder_of(place / "lease")
        if holder is not None and not holder.has_ended:
            yield place.name, holder


def _line(holder: Holder, title: str) -> str:
    doing: Any = holder.doing
    if not doing:
        return f"{holder}: {title}"
    work = Work(str(doing["what"]))
    work.see(0, doing["total"], {})
    work.see(doing["done"], doing["total"], doing["figures"])
    far = f": {work.done}/{work.total}" if work.total > 1 else ""
    return f"{holder}: {work.what}{far}  {work.figures}".rstrip()
