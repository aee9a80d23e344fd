"""The command line in a process of its own."""

import subprocess
import sys
from pathlib import Path


def pleura(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pleura", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)
