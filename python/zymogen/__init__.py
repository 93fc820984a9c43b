"""C++ kernels differentiated by Enzyme, as NumPy generalized ufuncs."""
