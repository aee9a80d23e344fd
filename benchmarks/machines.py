"""What the engine itself costs on two machines: the same steps with and without it.

python -m benchmarks.machines --folder FOLDER         # Linux, as root: it makes network namespaces

Two namespaces with a cable between them stand for two machines: each has a network, an address
and a name of its own, and one thread; the disk is shared. The same steps are done twice, by two
at once: by one run with a worker on each machine, and by a run on each machine that knows nothing
of the other. Starting, decoding and what explains the results at the end are left out.
"""

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import yaml

ADDRESSES = {"pleura-a": "10.77.0.1", "pleura-b": "10.77.0.2"}
SEEDS, RATES = 4, 6  # of each machine
KINDS = ("fit-", "outcome-", "pixels-")
STEPS = 3 * RATES + 3  # of a seed: a recipe and two baselines, each tried and judged


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
    """Take both machines away, as far as they are there."""
    for name in ADDRESSES:
        subprocess.run(["ip", "netns", "del", name], check=False, stderr=subprocess.DEVNULL)


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
        "tune": {
            "rates": [1e-4 * 2**number for number in range(RATES)],
            "penalties": [0.1 * 2**number for number in range(RATES)],
        },
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


def span(out: Path, seeds: int, *processes: "subprocess.Popen[bytes]") -> float:
    """Seconds from the end of the first step to that of the last which a recipe or a baseline has;
    what explains them comes after, and is not waited for."""
    while True:
        done = [*(out / "steps").glob("*/done.json")]
        ends = [path.stat().st_mtime for path in done if path.parent.name.startswith(KINDS)]
        if len(ends) >= seeds * STEPS:
            return max(ends) - min(ends)
        if any(process.poll() is not None for process in processes):
            sys.exit(f"failed; the logs in {out.parent} tell why")
        time.sleep(1)


def stop(processes: "list[subprocess.Popen[bytes]]") -> None:
    """End processes, and wait for that."""
    for process in processes:
        process.terminate()
    for process in processes:
        process.wait()


def together(folder: Path, file: Path) -> float:
    """One run, a worker on each machine; the seconds."""
    out, meeting = folder / "together", folder / "meet.json"
    processes = [
        start(folder / f"worker_{name}.log", machine(name, *pleura("worker", "--cluster", meeting)))
        for name in ADDRESSES
    ]
    name, address = next(iter(ADDRESSES.items()))
    asked = pleura("study", "run", file, "--out", out, "--cluster", meeting, "--host", address)
    processes.append(start(folder / "together.log", machine(name, *asked)))
    try:
        return span(out, 2 * SEEDS, *processes)
    finally:
        stop(processes)


def apart(folder: Path, files: list[Path]) -> float:
    """A run on each machine, at once; the mean seconds."""
    outs = [folder / f"apart_{name}" for name in ADDRESSES]
    runs = [
        start(out.with_suffix(".log"), machine(name, *pleura("study", "run", file, "--out", out)))
        for name, file, out in zip(ADDRESSES, files, outs, strict=True)
    ]
    try:
        return sum(span(out, SEEDS, *runs) for out in outs) / 2
    finally:
        stop(runs)


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
    seeds = list(range(2 * SEEDS))
    both = study(options.folder, "both", seeds, table, options.steps)
    single = [
        study(options.folder, name, own, table, options.steps)
        for name, own in zip(ADDRESSES, (seeds[:SEEDS], seeds[SEEDS:]), strict=True)
    ]
    disconnect()
    connect()
    try:
        for number in range(options.pairs):
            folder = options.folder / str(number)
            folder.mkdir()
            without, engine = apart(folder, single), together(folder, both)
            a_step = (engine - without) / (SEEDS * STEPS)
            print(
                f"{without:.1f} s without the engine, {engine:.1f} s with it: {a_step:.3f} s a "
                f"step, of {without / (SEEDS * STEPS):.2f} s on average; {a_step / 5:.1%} of 5 s",
                flush=True,
            )
            shutil.rmtree(folder)
    finally:
        disconnect()


if __name__ == "__main__":
    main()
