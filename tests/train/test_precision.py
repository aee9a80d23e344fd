"""bf16 is only tried where the device multiplies in it."""

import os
import subprocess
import sys

import pytest
import torch

from pleura.train.precision import computes_bf16, has_native_bf16

AVX2 = frozenset({"avx", "avx2", "fma"})
SERVER = AVX2 | {"avx512f", "avx512_bf16"}


@pytest.mark.parametrize(
    ("instructions", "used", "native"),
    [
        (SERVER, "AVX512", True),
        (AVX2 | {"avx512f", "amx_bf16"}, "AVX512", True),
        (AVX2 | {"avx512f"}, "AVX512", False),  # Skylake
        (AVX2, "AVX2", False),
        (SERVER, "AVX2", False),  # narrowed by the user
        (SERVER, "DEFAULT", False),
        (frozenset({"asimd", "sve", "bf16"}), "SVE256", True),
        (frozenset({"asimd", "bf16"}), "DEFAULT", True),
        (frozenset({"asimd"}), "DEFAULT", False),
        (frozenset(), "AVX512", False),  # no Linux
    ],
)
def test_native_is_what_multiplies_in_bf16(
    instructions: frozenset[str], used: str, native: bool
) -> None:
    assert has_native_bf16(instructions, used) is native


def test_a_cpu_that_is_told_to_use_avx2_has_none() -> None:
    code = "from pleura.train.precision import computes_bf16; print(computes_bf16('cpu'))"
    narrowed = {**os.environ, "ATEN_CPU_CAPABILITY": "avx2"}
    answer = subprocess.run(
        [sys.executable, "-c", code], env=narrowed, capture_output=True, text=True, check=True
    )
    assert answer.stdout.strip() == "False"


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_a_gpu_says_itself() -> None:
    assert computes_bf16("cuda") == torch.cuda.is_bf16_supported(including_emulation=False)
