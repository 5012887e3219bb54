"""Devices that models run on, and the precision that is safe there."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache
from pathlib import Path


def pick_device() -> str:
    """Returns ``"cuda"``, ``"mps"`` or ``"cpu"``, the first that this machine has."""
    import torch

    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def choose_autocast(device: str) -> AbstractContextManager[object]:
    """Returns a context in which a model runs in the fastest precision that is safe.

    bfloat16 on a CPU with bfloat16 instructions and on CUDA devices that support it, float16
    on other CUDA devices, float32 everywhere else.

    Args:
        device: a torch device, such as ``"cpu"`` or ``"cuda:0"``.
    """
    import torch

    kind = device.partition(":")[0]
    if kind == "cpu" and has_bf16():
        return torch.autocast("cpu", dtype=torch.bfloat16)
    if kind == "cuda":
        dtype = torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16
        return torch.autocast("cuda", dtype=dtype)
    return nullcontext()


@lru_cache(maxsize=1)
def has_bf16() -> bool:
    """Returns whether the CPU multiplies bfloat16 in hardware (AVX-512 BF16 or AMX)."""
    import torch

    capabilities = getattr(torch.cpu, "get_capabilities", None)
    if capabilities is not None:
        flags = capabilities()
        return bool(flags.get("avx512_bf16") or flags.get("amx_bf16"))
    try:
        words = set(Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").split())
    except OSError:
        return False
    return bool(words & {"avx512_bf16", "amx_bf16"})
