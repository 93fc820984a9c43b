"""Heat flow along a rod, from C, with derivatives."""

from heatkernels.kernels import heat_misfit, heat_run

__all__ = ["heat_misfit", "heat_run"]
