"""All errors of the package: each is a `ZymogenError` and also the built-in that a caller expects."""

from __future__ import annotations


class ZymogenError(Exception):
    """Base of every error that zymogen raises on purpose."""


class SignatureError(ZymogenError, ValueError):
    """A signature's text cannot be read, or makes no sense."""


class ArgumentError(ZymogenError, ValueError):
    """A call or a request names an argument that is not there, or gives one too many or too few."""


class ShapeError(ZymogenError, ValueError):
    """Arrays of one call disagree in shape."""


class NotDifferentiableError(ZymogenError, TypeError):
    """A derivative that is not defined was asked for: of an integer, or a gradient of an array."""


class InputTypeError(ZymogenError, TypeError):
    """An array's element type cannot be used by the kernel."""


class IntegerRangeError(ZymogenError, OverflowError):
    """An integer does not fit into the kernel's integer type."""


class ComponentError(ZymogenError, IndexError):
    """The index of a component is out of range or has the wrong number of dimensions."""


class PatternError(ZymogenError, ValueError):
    """A sparse pattern does not fit the matrix, or cannot be detected at a point."""


class KernelValueError(ZymogenError, ValueError):
    """The kernel threw `std::invalid_argument` or `std::domain_error`."""


class KernelIndexError(ZymogenError, IndexError):
    """The kernel threw `std::out_of_range`."""


class KernelMemoryError(ZymogenError, MemoryError):
    """The kernel threw `std::bad_alloc`."""


class KernelRuntimeError(ZymogenError, RuntimeError):
    """The kernel threw something else."""


class SourceNotFoundError(ZymogenError, FileNotFoundError):
    """The C++ file to compile cannot be read."""


class ToolchainError(ZymogenError, RuntimeError):
    """The compilers are missing, damaged, or do not run."""


class NotCompiledError(ZymogenError, RuntimeError):
    """A build is needed and there is no toolchain to do it."""


class CompileError(ZymogenError, RuntimeError):
    """The compiler refused the source, crashed, was killed or took too long."""


class EnzymeError(CompileError):
    """Enzyme could not differentiate the kernel."""


class NoDerivativeError(EnzymeError):
    """The kernel calls a function that Enzyme knows no derivative of."""


class TypeNotDeducedError(EnzymeError):
    """Enzyme could not deduce what type a piece of memory holds."""


class MixedActivityError(EnzymeError):
    """Active and inactive data meet in one pointer, so that a derivative would silently be lost."""


class ActiveArgumentError(ZymogenError, AssertionError):
    """An argument that was to be inactive has a shadow, or it cannot be proven that it has none."""


class WrongDerivativeError(ZymogenError, ArithmeticError):
    """A derivative disagrees with an independent answer."""


class DerivativeCheckError(WrongDerivativeError, AssertionError):
    """`zg.testing.check_derivatives` found derivatives that disagree."""

    def __init__(self, text: str, report: object = None) -> None:
        super().__init__(text)
        self.report = report
        """A `DerivativeReport`."""


class UnsupportedConstructError(EnzymeError):
    """The kernel uses something through which Enzyme's derivatives are silently wrong."""


class StoreError(ZymogenError, RuntimeError):
    """The cache folder cannot be used: it is unsafe, read-only or full."""


class StoreWarning(UserWarning):
    """A damaged or foreign entry of the cache was replaced."""


class ExtensionModuleError(ZymogenError, ImportError):
    """An extension module with derivatives cannot be used here: another format, another processor, a missing file."""


class MissingPackageError(ZymogenError, ImportError):
    """An optional package that is needed for what was asked is not installed."""
