"""torchvision and what imports it load, whether or not its binary operators do."""

import subprocess
import sys


def test_torchvision_imports_in_a_fresh_process() -> None:
    code = "import pleura._torchvision, torchvision, timm, kornia, torch; torch.ops.torchvision.nms"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
