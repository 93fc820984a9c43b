"""Sparse Jacobians and Hessians: the pattern found or given, columns coloured, and all entries from a few passes."""

from zymogen.sparse.operators import sparse_hessian, sparse_jacobian

__all__ = ["sparse_hessian", "sparse_jacobian"]
