"""One thread for everybody: what libraries read from the environment when they are loaded."""

from __future__ import annotations

import os


def set_environment() -> None:
    """To be called before NumPy, JAX, PyTorch and Numba are imported.

    XLA's own flags leave its pool of threads as large as the machine, which a sum of 1e7 numbers then uses; NPROC is
    what sets its size.
    """
    os.environ.update(
        NPROC="1",
        XLA_FLAGS="--xla_cpu_multi_thread_eigen=false",
        JAX_ENABLE_X64="1",
        JAX_PLATFORMS="cpu",
    )
    for library in ("OMP", "MKL", "OPENBLAS", "NUMBA"):
        os.environ[f"{library}_NUM_THREADS"] = "1"
