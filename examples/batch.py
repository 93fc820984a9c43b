"""A derivative on a Dask array: two worker processes, each with its own rows.

Kernels and derivatives pickle. A worker finds the compiled code in the cache, or compiles it if it is the first.
Needs the extra `dask`: `pip install 'zymogen[dask]'`.
"""

from __future__ import annotations

from pathlib import Path

import dask.array as da
import numpy as np
from dask.distributed import Client, LocalCluster

import zymogen as zg


def main() -> None:
    bump = zg.compile(Path(__file__).with_name("kernels.cpp")).bump
    gradient = zg.grad(bump, "x")
    x = np.random.default_rng(0).random((100_000, 3))
    y = np.zeros(3)
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster,
        Client(cluster),
    ):
        rows = da.from_array(x, chunks=(25_000, 3))
        in_two_processes = gradient(rows, y).compute()
    assert np.array_equal(in_two_processes, gradient(x, y))
    print(f"{len(x):,} gradients from two processes, bitwise equal to those of one call.")
    print("mean gradient:", in_two_processes.mean(axis=0))


if __name__ == "__main__":  # worker processes import this file
    main()
