"""What the engine itself costs on two machines: steps of some seconds, with and without it.

python -m benchmarks.machines --folder FOLDER         # Linux, as root: it makes network namespaces

Two namespaces with a cable between them stand for two machines: each has a network, an address
and a name of its own, and one thread; the disk is shared. The same trainings are done twice, two
at once: by one run with a worker on each machine, and by a run on each machine that knows nothing
of the other. Compared is the time from the end of one training to the end of the next on the same
machine. What both sides do alike (starting, decoding, evaluating) is left out.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

ADDRESSES = {"pleura-a": "10.77.0.1", "pleura-b": "10.77.0.2"}
RATES = 24


def machine(name: str, *command: str) -> list[str]:
    """A command, as it is started on one of the two machines."""
    named = ["unshare", "--uts", "sh", "-c", f'hostname {name}; exec "$@"', "sh"]
    return ["ip", "netns", "exec", name, *named, *command]


def connect() -> None:
    """Make both machines and the cable between them."""
    a, b = ADDRESSES
    lines = [f"netns add {name}" for name in ADDRESSES]
    lines.append(f"link add cable-a netns {a} type veth peer name cable-b netns {b}")
    for name, address in ADDRESSES.items():
        cable = f"cable-{name[-1]}"
        lines += [
            f"-n {name} link set lo up",
            f"-n {name} addr add {address}/24 dev {cable}",
            f"-n {name} link set {cable} up",
        ]
    for line in lines:
        subprocess.run(["ip", *line.split()], check=True)


def disconnect() -> None:
    """Take both machines away."""
    for name in ADDRESSES:
        subprocess.run(["ip", "netns", "del", name], check=False)


def study(folder: Path, name: str, seeds: list[int], table: Path, steps: int) -> Path:
    """Write a study whose steps are nearly all trainings of the same length; its path."""
    from pleura.simulate.xray.disease import LABELS

    content = {
        "question": "which pattern",
        "data": {"manifest": str(table), "size": 64, "classes": list(LABELS)},
        "split": {"test": 0.3, "validation": 0.25},
        "seeds": seeds,
        "reference": "scratch",
        "recipes": {"scratch": {"backbone": "squeezenet1_0", "weights": "random"}},
        "training": {"epochs": 1, "min_steps": steps, "batch_size": 16, "precision": "fp32"},
        "tune": {"rates": [1e-4 * 1.2**number for number in range(RATES)]},
    }
    path = folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump(content, sort_keys=False))
    return path


def pleura(*arguments: str | Path) -> list[str]:
    """A command of pleura."""
    return [sys.executable, "-m", "pleura", *map(str, arguments)]


def start(log: Path, command: list[str]) -> "subprocess.Popen[bytes]":
    """Start a command with one thread; what it says goes into a file."""
    with log.open("wb") as file:
        settings = {**os.environ, "OMP_NUM_THREADS": "1"}
        return subprocess.Popen(command, stdout=file, stderr=file, env=settings)


def pitch(out: Path, machines: int) -> float:
    """Seconds between the ends of two trainings after one another on a machine."""
    ends = sorted(path.stat().st_mtime for path in (out / "steps").glob("fit-*/done.json"))
    return (ends[-1] - ends[0]) / (len(ends) / machines - 1)


def together(folder: Path, file: Path) -> float:
    """One run, a worker on each machine; the pitch."""
    a = next(iter(ADDRESSES))
    out, meeting = folder / "together", folder / "meet.json"
    workers = [
        start(
            folder / f"worker_{name}.log",
            machine(name, *pleura("worker", "--cluster", meeting, "--once")),
        )
        for name in ADDRESSES
    ]
    asked = pleura("study", "run", file, "--out", out, "--cluster", meeting, "--host", ADDRESSES[a])
    run = start(folder / "together.log", machine(a, *asked))
    if run.wait() or any(worker.wait() for worker in workers):
        sys.exit(f"failed; the logs in {folder} tell why")
    return pitch(out, machines=2)


def apart(folder: Path, files: list[Path]) -> float:
    """A run on each machine, at once; the mean pitch."""
    outs = [folder / f"apart_{name}" for name in ADDRESSES]
    runs = [
        start(out.with_suffix(".log"), machine(name, *pleura("study", "run", file, "--out", out)))
        for name, file, out in zip(ADDRESSES, files, outs, strict=True)
    ]
    if any(run.wait() for run in runs):
        sys.exit(f"failed; the logs in {folder} tell why")
    return sum(pitch(out, machines=1) for out in outs) / 2


def main() -> None:
    """Time both sides in turn, and tell the ratios."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=40, help="of a training")
    parser.add_argument("--pairs", type=int, default=3)
    options = parser.parse_args()
    from pleura.simulate.xray.folder import write_chest_xrays

    options.folder.mkdir(parents=True)
    table = write_chest_xrays(options.folder / "images", patients=48, size=224, seed=0)
    both = study(options.folder, "both", [0, 1], table, options.steps)
    single = [
        study(options.folder, f"seed_{seed}", [seed], table, options.steps) for seed in (0, 1)
    ]
    disconnect()
    connect()
    try:
        for number in range(options.pairs):
            folder = options.folder / str(number)
            folder.mkdir()
            without, engine = apart(folder, single), together(folder, both)
            print(
                f"{without:.2f} s a training without the engine, {engine:.2f} s with it: "
                f"{engine / without - 1:+.1%}",
                flush=True,
            )
            shutil.rmtree(folder / "together")
    finally:
        disconnect()


if __name__ == "__main__":
    main()
