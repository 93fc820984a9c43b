"""Bad input: the error says what was seen, what is expected and what to do, in the user's words."""

from __future__ import annotations

import re
import resource
import sys
from pathlib import Path

import numpy as np
import pytest

import zymogen as zg
from zymogen import errors


def raises(built_in, *parts):
    """The error is ours and the built-in, and its text has all parts."""
    return pytest.raises(built_in, match="(?s)" + "".join(f"(?=.*{re.escape(part)})" for part in parts))


x, y = np.array([1.0, 2.0]), np.array([0.0, 2.0])


class TestRequests:
    def test_unknown_argument(self, lib):
        with raises(ValueError, "grad(bump, 'z')", "'z'", "x, y") as seen:
            zg.grad(lib.bump, "z")
        assert isinstance(seen.value, zg.ZymogenError)

    @pytest.mark.parametrize("argnum", [2, -1, True])
    def test_argument_number_out_of_range(self, lib, argnum):
        with raises(ValueError, "no argument", repr(argnum), "0 to 1"):
            zg.grad(lib.bump, argnum)

    def test_argument_named_twice(self, lib):
        with raises(ValueError, "x is named twice"):
            zg.grad(lib.bump, ("x", "x"))
        with raises(ValueError, "x is named twice"):
            zg.jvp(lib.bump, ("x", 0))

    def test_no_argument(self, lib):
        with raises(ValueError, "argnums is empty", "x, y"):
            zg.vjp(lib.bump, ())
        with raises(ValueError, "at least one component", "('x', 0)"):
            zg.partial(lib.bump)

    @pytest.mark.parametrize("operator", [zg.grad, zg.value_and_grad, zg.jvp, zg.vjp, zg.partial])
    def test_derivative_of_an_integer(self, lib, operator):
        with raises(TypeError, "power is an integer argument", "x, w") as seen:
            operator(lib.power_sum, "power")
        assert isinstance(seen.value, errors.NotDifferentiableError)

    def test_derivative_of_an_index(self, lib):
        with raises(TypeError, "x_index is the index of a component"):
            zg.grad(zg.partial(lib.bump, "x"), "x_index")

    @pytest.mark.parametrize("operator", [zg.grad, zg.value_and_grad])
    def test_gradient_of_an_array(self, lib, operator):
        with raises(TypeError, "`model` returns y(a)", "single number", "zg.jacobian(model, 'M')", "zg.vjp"):
            operator(lib.model, "M")

    def test_derivative_of_several_results(self, lib):
        with raises(TypeError, "has 2 results", "one is expected", "zg.vjp"):
            zg.grad(zg.grad(lib.bump, ("x", "y")))

    def test_operator_on_something_else(self):
        with raises(TypeError, "partial", "expected is a kernel".capitalize(), "zg.compile"):
            zg.partial(np.sin, 0)

    @pytest.mark.parametrize("index", [(0, 1), 1.5, "first", ()])
    def test_component_of_the_wrong_kind(self, lib, index):
        with raises(IndexError, "x(n)", repr(index)):
            zg.partial(lib.bump, ("x", index))

    def test_component_of_a_matrix_needs_two_numbers(self, lib):
        with raises(IndexError, "M(a,c)", "1 dimension", "Expected are 2"):
            zg.partial(lib.model, ("M", 1))

    def test_component_beyond_a_fixed_extent(self, lib):
        with raises(IndexError, "component 3 of x(3)", "-3 to 2"):
            zg.partial(lib.corner, ("x", 3))


class TestCalls:
    def test_component_out_of_range(self, lib):
        with raises(IndexError, "component 2 of x(n)", "n = 2", "-2 to 1") as seen:
            zg.partial(lib.bump, ("x", 2))(x, y)
        assert isinstance(seen.value, errors.ComponentError)

    def test_component_out_of_range_in_an_index_array(self, lib):
        with raises(IndexError, "component 5 of x(n)", "n = 2"):
            zg.partial(lib.bump, "x")(x, y, [0, 1, 5, 0])

    def test_component_of_a_matrix_out_of_range(self, lib):
        with raises(IndexError, "component (0, 9) of M(a,c)", "c = 2"):
            zg.partial(lib.model, ("M", (0, 9)))(np.ones((3, 2)), x)

    def test_component_that_is_no_64_bit_number(self, lib):
        for request in (lambda: zg.partial(lib.bump, ("x", 2**70)), lambda: zg.partial(lib.bump, "x")(x, y, 2**70)):
            with raises(IndexError, f"component {2**70} of x(n)", "Valid components are -n to n - 1") as seen:
                request()
            assert isinstance(seen.value, errors.ComponentError)
        with raises(IndexError, f"component {-(2**63) - 1} of x(n)"):
            zg.partial(lib.bump, "x")(x, y, [0, -(2**63) - 1])
        with raises(IndexError, "M(a,c)", "along axis 1 are -c to c - 1"):
            zg.partial(lib.model, "M")(np.ones((3, 2)), x, (0, 2**63))

    def test_components_that_are_no_integers(self, lib):
        with raises(TypeError, "x_index has elements of type <U1. Expected are integers."):
            zg.partial(lib.bump, "x")(x, y, "1")
        with raises(TypeError, "x_index is empty, and then nothing says that its elements are integers"):
            zg.partial(lib.bump, "x")(x, y, [])
        assert zg.partial(lib.bump, "x")(x, y, np.zeros(0, "int64")).shape == (0,)

    def test_component_of_nothing(self, lib):
        with raises(IndexError, "x(n)", "n = 0"):
            zg.partial(lib.bump, ("x", 0))(np.empty(0), np.empty(0))

    def test_nothing_runs_when_a_component_is_out_of_range(self, lib):
        bad = np.zeros((1000, 2))
        bad[0] = 13
        with pytest.raises(IndexError):
            zg.partial(lib.picky, "x")(bad, np.append(np.zeros(999, int), 2))

    def test_shapes_disagree(self, lib):
        with raises(ValueError, "bump: n is 2 in x(n), of shape (2,)", "3 in y(n), of shape (4, 3)") as seen:
            lib.bump(x, np.zeros((4, 3)))
        assert isinstance(seen.value, errors.ShapeError)

    def test_fixed_extent_disagrees(self, lib):
        with raises(ValueError, "x(3) has shape (4,)", "4 is not 3"):
            lib.corner(np.zeros(4))

    def test_too_few_dimensions(self, lib):
        with raises(ValueError, "M(a,c) has shape (2,)", "at least 2 dimensions"):
            lib.model(x, x)

    def test_batches_do_not_broadcast(self, lib):
        with raises(ValueError, "do not broadcast", "(3,) of x", "(4,) of y"):
            lib.bump(np.zeros((3, 2)), np.zeros((4, 2)))

    @pytest.mark.parametrize("labels", [np.array([0, 1], np.int32), np.array([0, 1]), [0, 1]])
    def test_shapes_disagree_where_integers_are_converted(self, lib, labels):
        use = [True, True]
        with raises(ValueError, "weighted: x(n) has shape ()", "at least 1") as seen:
            lib.weighted(1.0, labels, use)
        assert isinstance(seen.value, errors.ShapeError)
        with raises(ValueError, "hvp(weighted, 0): n is 2 in x(n), of shape (2,), and 3 in dx(n)"):
            zg.hvp(lib.weighted)(x, labels, use, np.ones(3))
        with raises(ValueError, "do not broadcast", "(3,) of x", "(2,) of label"):
            zg.grad(lib.weighted)(np.ones((3, 2)), np.stack([labels, labels]), use)
        with raises(ValueError, "grad(weighted, 0): x(n) has shape ()"):
            zg.grad(lib.weighted, sum_over_batch=True)(1.0, labels, use)
        with raises(ValueError, "grad(weighted, 0): label(n) has shape ()"):
            zg.grad(lib.weighted)(x, 3, use)

    def test_wrong_number_of_arguments(self, lib):
        with raises(ValueError, "bump: 1 argument was given. Expected are 2: x, y"):
            lib.bump(x)
        with raises(ValueError, "bump: 4 arguments were given. Expected are 2: x, y.", "Leave the rest away"):
            lib.bump(x, y, 2.0, 3.0)

    @pytest.mark.parametrize(
        ("operator", "name"), [(lambda f: f, "bump"), (zg.grad, "grad(bump, 0)"), (zg.hessian, "hessian(bump, 0)")]
    )
    @pytest.mark.parametrize(
        ("more", "seen"),
        [
            (2.0, "it is of type float"),
            ([1.0, 2.0], "it is of type list"),
            ("C", "it is of type str"),
            (np.zeros((2, 3, 2), np.int32), "it does not fit ("),
        ],
    )
    def test_one_argument_too_many(self, lib, operator, name, more, seen):
        given = "3 arguments were given. Expected are 2: x, y. What follows them is taken for an array that a result is"
        with raises(ValueError, f"{name}: {given}", seen, "Leave the rest away", "give it as out=.") as error:
            operator(lib.bump)(x, y, more)
        assert isinstance(error.value, errors.ArgumentError)

    def test_one_argument_too_many_in_a_sum(self, lib):
        with raises(ValueError, "grad(bump, 0): 3 arguments were given. Expected are 2: x, y.", "of type float"):
            zg.grad(lib.bump, sum_over_batch=True)(np.ones((3, 2)), y, 2.0)

    def test_wrong_number_of_arguments_of_a_sparse_derivative(self, lib):
        with raises(ValueError, "sparse_hessian(bump, 0): 1 argument was given. Expected are 2: x, y."):
            zg.sparse_hessian(lib.bump)(x)

    @pytest.mark.parametrize("operator", [lambda f: f, zg.grad])
    def test_complex_numbers(self, lib, operator):
        with raises(TypeError, "x is complex (complex128)", "x.real and x.imag") as seen:
            operator(lib.bump)(x * 1j, y)
        assert isinstance(seen.value, errors.InputTypeError)

    def test_calls_that_cannot_succeed_are_not_checked_first(self, lib):
        zg.set_checks("always")
        try:
            with raises(TypeError, "x is complex (complex128)"):
                zg.grad(lib.bump)(x * 1j, y)
            with raises(IndexError, f"component {2**70} of x(n) was asked for"):
                zg.partial(lib.bump, "x")(x, y, 2**70)
        finally:
            zg.set_checks("first")

    def test_texts(self, lib):
        with raises(TypeError, "y has elements of type <U1", "real numbers"):
            lib.bump(x, ["a", "b"])

    def test_real_number_for_an_integer(self, lib):
        with raises(TypeError, "power has elements of type float64", "takes integers", "astype"):
            lib.power_sum(x, y, 2.5)

    @pytest.mark.parametrize("operator", [lambda f: f, zg.grad])
    def test_masked_array(self, lib, operator):
        masked = np.ma.array(y, mask=[True, False])
        with raises(TypeError, "y is a masked array", "y.filled(VALUE) or y.compressed()") as seen:
            operator(lib.bump)(x, masked)
        assert isinstance(seen.value, errors.InputTypeError)

    def test_ragged_list(self, lib):
        with raises(TypeError, "bump: y cannot be made an array", "one length") as seen:
            lib.bump(x, [[1, 2], [3]])
        assert isinstance(seen.value, errors.InputTypeError)

    @pytest.mark.skipif(np.dtype(np.longdouble).itemsize == 8, reason="long double is double here")
    def test_long_double(self, lib):
        with raises(TypeError, "bump: x has elements of type float128", "x.astype('float64')") as seen:
            lib.bump(x.astype(np.longdouble), y)
        assert isinstance(seen.value, errors.InputTypeError)

    @pytest.mark.parametrize("operator", [lambda f: f, zg.grad])
    @pytest.mark.parametrize(
        ("points", "seen", "cure"),
        [
            (x, "has elements of type float64", "x.astype('float32')"),
            ([1.0, 2.0], "is a list, of which NumPy makes an array of float64", "numpy.asarray(x, 'float32')"),
            (np.array([1, 2]), "has elements of type int64", "x.astype('float32')"),
        ],
    )
    def test_what_a_kernel_of_floats_would_have_to_round(self, lib, operator, points, seen, cure):
        called = operator(lib.narrow)
        rounds = (
            "and the kernel takes float32, to which NumPy does not round by itself. Convert it where that is meant: "
        )
        with raises(TypeError, f"{called.name}: x {seen}, {rounds}{cure}. ", "ZYMOGEN_KERNEL_TEMPLATE") as caught:
            called(points, 1.0)
        assert isinstance(caught.value, errors.InputTypeError)

    def test_which_argument_a_kernel_of_floats_would_have_to_round(self, lib):
        with raises(TypeError, "narrow: a has elements of type float64", "a.astype('float32')"):
            lib.narrow(x.astype("float32"), np.float64(0.1))

    def test_a_kernel_of_floats_rounds_where_it_is_asked_to(self, lib):
        assert lib.narrow(x.astype("float32"), 0.1) == np.float32(0.1)
        assert lib.narrow(x, 0.1, dtype="float32") == np.float32(0.1)
        with raises(ValueError, "at least 1 dimensions"):
            lib.narrow(x[0], 0.1, dtype="float32")

    @pytest.mark.parametrize("operator", [lambda f: f, zg.grad])
    def test_the_row_in_which_a_kernel_of_single_numbers_throws(self, lib, operator):
        f = operator(lib.ratio)
        many = np.ones(100_000, dtype=np.int64)  # more than NumPy converts at once
        many[77_777:] = 0
        for a, b, row in [
            (x[0], [1, 0, 1, 0], "1 of 4"),
            ([1.0, 2.0], np.array([0, 1], dtype=np.int32)[::-1], "1 of 2"),
            (1.0, many, "77777 of 100000"),
            (np.ones((2, 1)), [1, 1, 0], "(0, 2) of (2, 3)"),
        ]:
            with raises(ValueError, f"{f.name}: the kernel threw in row {row}: b is 0") as seen:
                f(a, b)
            assert isinstance(seen.value, errors.KernelValueError)
        with raises(OverflowError, f"{f.name}: b is {2**40} in row 2 of 3, and the kernel takes int32"):
            f(1.0, [1, 2, 2**40])

    @pytest.mark.skipif(sys.platform != "linux", reason="memory is limited as Linux does it")
    def test_no_row_is_named_where_there_is_no_memory_to_find_it(self, lib):
        count = 3000
        a, b = np.ones((count, 1)), np.zeros((1, count), dtype=np.int32)
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        before = resource.getrlimit(resource.RLIMIT_AS)
        # Enough for the result, and not for the arguments repeated for each row.
        most = pages * resource.getpagesize() + 100 * 2**20
        resource.setrlimit(resource.RLIMIT_AS, (most, before[1]))
        try:
            with raises(ValueError, "ratio: the kernel threw: b is 0"):
                lib.ratio(a, b)
        finally:
            resource.setrlimit(resource.RLIMIT_AS, before)

    @pytest.mark.parametrize(
        "derivative",
        [
            zg.grad,
            lambda f: lambda *args: zg.jvp(f)(*args, np.ones(2)),
            zg.hessian,
            lambda f: zg.grad(f, sum_over_batch=True),
        ],
        ids=["grad", "jvp", "hessian", "sum"],
    )
    def test_an_exception_that_the_kernel_itself_catches(self, lib, derivative):
        points = np.array([[1.0, 2.0], [1.0, -2.0]])
        np.testing.assert_array_equal(lib.careful(points), [5, 3])
        with raises(
            ValueError,
            "the kernel threw in row 1 of 2: e is negative. `careful` by itself does not throw there: it catches this "
            "exception, which derivative code cannot. Write a branch (if, else) in the place of throw and catch.",
        ) as seen:
            derivative(lib.careful)(points)
        assert isinstance(seen.value, errors.KernelValueError)

    def test_an_exception_that_leaves_the_kernel_too_is_not_said_to_be_caught(self, lib):
        with raises(ValueError, "the kernel threw in row 1 of 2: x has a 13 at its place") as seen:
            zg.grad(lib.picky)([[1.0, 2.0], [1.0, 13.0]])
        assert "by itself" not in str(seen.value)

    def test_no_row_is_named_where_there_is_one_or_results_are_written_over_arguments(self, lib):
        with raises(ValueError, "ratio: the kernel threw: b is 0"):
            lib.ratio(1.0, 0)
        a = np.ones(3)
        with raises(ValueError, "ratio: the kernel threw: b is 0"):
            lib.ratio(a, [1, 1, 0], out=a)

    def test_integer_that_does_not_fit(self, lib):
        taken = "the kernel takes int32 (-2147483648 to 2147483647). Give values that fit, or change the kernel's type."
        with raises(OverflowError, f"power_sum: power is {2**70}, and {taken}"):
            lib.power_sum(x, y, 2**70)
        with raises(OverflowError, f"power_sum: power is 1099511627776, and {taken}"):
            lib.power_sum(x, y, 2**40)
        with raises(OverflowError, f"power_sum: power is -1099511627776 in row 1 of 2, and {taken}"):
            lib.power_sum(x, y, [2, -(2**40)])
        with raises(TypeError, "label has values from 0 to 1099511627776", "int32"):
            lib.weighted(x, [0, 2**40], [True, True])


class TestKernelsThatThrow:
    @pytest.fixture(params=["value", "partial", "grad", "jvp"])
    def call(self, lib, request):
        return {
            "value": lib.picky,
            "partial": zg.partial(lib.picky, ("x", 0)),
            "grad": zg.grad(lib.picky),
            "jvp": lambda rows: zg.jvp(lib.picky)(rows, np.ones_like(rows)),
        }[request.param]

    @pytest.mark.parametrize(
        ("number", "built_in", "text"),
        [
            (13, ValueError, "x has a 13"),
            (14, IndexError, "x has a 14"),
            (15, MemoryError, ""),
            (16, RuntimeError, "x has a 16"),
            (17, RuntimeError, "no std::exception"),
        ],
    )
    def test_exception_is_the_matching_one(self, call, number, built_in, text):
        for _ in range(3):
            with raises(built_in, "picky", text) as seen:
                call(np.array([1.0, number, 3.0]))
            assert isinstance(seen.value, zg.ZymogenError)
        assert np.isfinite(np.asarray(call(np.ones(3)))).all()

    @pytest.mark.parametrize("threads", [1, 2])
    def test_one_row_of_a_million(self, call, threads):
        rows = np.ones((1_000_000, 3))
        rows[765_432, 1] = 13
        before = zg.get_num_threads()
        zg.set_num_threads(threads)
        try:
            with raises(ValueError, "row 765432 of 1000000", "x has a 13"):
                call(rows)
        finally:
            zg.set_num_threads(before)

    def test_no_memory_is_lost(self, call, lib):
        import resource

        wide = np.ones(20_000)
        wide[-1] = 13

        def throw(times):
            for _ in range(times):
                with pytest.raises(ValueError, match="13"):
                    call(wide)
            return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

        before = throw(20)
        assert throw(300) - before < 3 * 1024, "kB; 300 lost copies of x alone would be 48 MB"


class TestSources:
    def test_missing_file(self, tmp_path):
        with raises(FileNotFoundError, "nowhere.cpp", "cannot be read"):
            zg.compile(tmp_path / "nowhere.cpp")

    @pytest.mark.parametrize(("source", "kind"), [(None, "NoneType"), (b"int i;", "bytes"), (3, "int")])
    def test_source_that_is_neither_text_nor_path(self, source, kind):
        with raises(ValueError, f"compile: the source is of type {kind}. Expected is C++ text, or the path") as seen:
            zg.compile(source)
        assert isinstance(seen.value, errors.ArgumentError)

    def test_no_kernel(self):
        with raises(RuntimeError, "registers no kernel", "ZYMOGEN_KERNEL"):
            zg.compile("int main() { return 0; }")

    def test_syntax_error_is_in_the_users_line(self, tmp_path):
        file = tmp_path / "broken.cpp"
        file.write_text("#include <zymogen/kernel.hpp>\n\ndouble f(double x) { return x + ; }\n")
        with raises(RuntimeError, "broken.cpp:3:", "expected expression") as seen:
            zg.compile(file)
        assert isinstance(seen.value, errors.CompileError)

    def test_syntax_error_in_a_text(self):
        with raises(RuntimeError, "<text>:2:", "expected expression"):
            zg.compile("#include <zymogen/kernel.hpp>\ndouble f(double x) { return x + ; }\n")

    @pytest.mark.parametrize("option", ["include", "define", "flags", "libraries", "library_folders"])
    def test_option_that_is_no_list(self, option):
        with raises(ValueError, f"{option} is 'abc'", f"{option}=['abc']"):
            zg.compile("int i;", **{option: "abc"})

    @pytest.mark.parametrize("option", ["define", "flags"])
    def test_option_that_is_a_path(self, option):
        with raises(ValueError, f"{option} is PosixPath('abc')", f"list of texts: {option}=['abc']"):
            zg.compile("int i;", **{option: Path("abc")})

    @pytest.mark.parametrize(
        ("option", "expected"),
        [
            ("include", "folders"),
            ("define", "texts"),
            ("flags", "texts"),
            ("libraries", "paths or names of libraries"),
            ("library_folders", "folders"),
        ],
    )
    def test_option_with_a_number_in_it(self, option, expected):
        with raises(ValueError, f"{option} has 3, which is of type int. Expected is a list of {expected}."):
            zg.compile("int i;", **{option: ["abc", 3]})
        with raises(ValueError, f"{option} is 3. Expected is a list of {expected}."):
            zg.compile("int i;", **{option: 3})

    def test_macros_in_a_dictionary(self):
        with raises(ValueError, "define is a dict. Expected is a list of texts: define=['SIZE=3']."):
            zg.compile("int i;", define={"SIZE": 3})
        with raises(ValueError, "include is a dict. Expected is a list of folders."):
            zg.compile("int i;", include={"folder": 1})

    @pytest.mark.parametrize(
        ("flag", "instead"),
        [
            ("-lm", "Write libraries=['m']."),
            ("-L/usr/lib", "Write library_folders=['/usr/lib']."),
            ("-l", "Name the libraries alone"),
            ("-Wl,-z,now", "flags=[...] are those of the compiler, and the linker takes none."),
        ],
    )
    def test_libraries_are_no_flags(self, flag, instead):
        with raises(ValueError, f"libraries has {flag!r}, which is a flag. Expected are paths, or names", instead):
            zg.compile("int i;", libraries=[flag])

    def test_unknown_math(self):
        with raises(ValueError, "math is 'loose'", "'strict' or 'fast'"):
            zg.compile("int i;", math="loose")

    def test_unknown_kernel(self, lib):
        with raises(AttributeError, "has no kernel bumb", "bump"):
            _ = lib.bumb


class TestKernelsThatAreNowhereDefined:
    SOURCE = """
        #include <zymogen/kernel.hpp>
        namespace plant { double reactor(std::span<const double> t); ZYMOGEN_KERNEL(reactor, "t(n) -> ()"); }
        template <class T> T heat(T t);
        ZYMOGEN_KERNEL_TEMPLATE(heat, "t() -> ()");
        extern "C" double legacy_(double);
        ZYMOGEN_KERNEL(legacy_, "t() -> ()");
    """

    @pytest.mark.parametrize(
        ("name", "function", "line"),
        [
            ("reactor", "plant::reactor(std::span<double const>)", 3),
            ("heat", "float heat<float>(float)", 5),
            ("legacy_", "legacy_", 7),
        ],
    )
    def test_the_registration_is_named_and_not_what_was_generated(self, name, function, line):
        kernel, t = zg.compile(self.SOURCE)[name], np.ones(2)
        seen = f"{name}: the kernel `{function}` (registered at <text>:{line}) is declared and nowhere defined."
        with raises(RuntimeError, seen, "Define it there", "include the source", "libraries=[...]") as error:
            kernel(t)
        assert isinstance(error.value, errors.CompileError)
        assert "entry.cpp" not in str(error.value)
        seen = f"grad({name}, 0): the kernel `{function}` (registered at <text>:{line}) has no definition"
        with raises(RuntimeError, seen, "Define it there", "include the source", "ZYMOGEN_DERIVATIVE") as error:
            zg.grad(kernel)(t)
        assert isinstance(error.value, errors.NoDerivativeError)
        assert "entry.cpp" not in str(error.value)


class TestKernelsThatEnzymeRefuses:
    """Errors of Enzyme's, from the operator to the message; their variants are tested in tests/toolchain."""

    @pytest.fixture
    def refused(self):
        return zg.compile(
            r"""
            #include <atomic>
            #include <cstring>
            #include <span>
            #include <utility>
            #include <vector>
            #include <zymogen/kernel.hpp>

            namespace plant { double reactor(double t); }
            double external(double t) { return plant::reactor(t) * t; }
            ZYMOGEN_KERNEL(external, "t() -> ()");

            struct Pair { const double* first; const double* second; };
            [[gnu::noinline]] static double chosen(const Pair* pair, std::size_t n) {
                double s = 0;
                for (std::size_t i = 0; i < n; ++i) {
                    const double* p = i % 3 ? pair->first : pair->second;
                    s += p[i] * p[i];
                }
                return s;
            }
            double mixed(std::span<const double> x, std::span<const double> y) {
                const Pair pair{x.data(), y.data()};
                return chosen(&pair, x.size());
            }
            ZYMOGEN_KERNEL(mixed, "x(n), y(n) -> ()");

            double sum_of_products(const std::vector<std::pair<double, double>>& pairs) {
                double s = 0;
                for (const auto& [first, second] : pairs) s += first * first * second;
                return s;
            }
            double emplaced(std::span<const double> x, std::span<const double> y) {
                std::vector<std::pair<double, double>> pairs;
                for (std::size_t i = 0; i < x.size(); ++i) pairs.emplace_back(x[i], y[i]);
                return sum_of_products(pairs);
            }
            ZYMOGEN_KERNEL(emplaced, "x(n), y(n) -> ()");
            double pushed(std::span<const double> x, std::span<const double> y) {
                std::vector<std::pair<double, double>> pairs;
                for (std::size_t i = 0; i < x.size(); ++i) pairs.push_back({x[i], y[i]});
                return sum_of_products(pairs);
            }
            ZYMOGEN_KERNEL(pushed, "x(n), y(n) -> ()");

            double bits(double t) {
                std::uint64_t u;
                std::memcpy(&u, &t, 8);
                u = 0x5fe6eb50c7b537a9ull - (u >> 1);
                double y;
                std::memcpy(&y, &u, 8);
                return y * (1.5 - 0.5 * t * y * y);
            }
            ZYMOGEN_KERNEL(bits, "t() -> ()");
            """
        )

    @pytest.mark.parametrize("operator", [zg.grad, zg.partial])
    def test_function_without_source(self, refused, operator):
        with raises(
            RuntimeError, "(external, ", "plant::reactor(double)", "<text>:10", "The tool's whole output: "
        ) as seen:
            operator(refused.external, "t")(1.0)
        assert isinstance(seen.value, errors.NoDerivativeError)
        assert "call double" not in str(seen.value), "no IR on the screen"

    def test_active_and_inactive_data_in_one_pointer(self, refused):
        with raises(RuntimeError, "active and inactive data", "<text>:", "Differentiate with respect to both") as seen:
            zg.grad(refused.mixed, "x")(x, y)
        assert isinstance(seen.value, errors.MixedActivityError)
        gx, gy = zg.grad(refused.mixed, ("x", "y"))(x, y)
        np.testing.assert_array_equal(gx, [0, 2 * x[1]])
        np.testing.assert_array_equal(gy, [2 * y[0], 0])

    @pytest.mark.parametrize(("operator", "with_respect_to"), [(zg.grad, "x"), (zg.partial, ("x", 1))])
    def test_references_to_active_and_inactive_numbers_in_one_call(self, refused, operator, with_respect_to):
        with raises(RuntimeError, "active and inactive data", "<text>:", "give it one value: push_back({a, b})."):
            operator(refused.emplaced, with_respect_to)(x, y)
        expected = 2 * x * y
        found = operator(refused.pushed, with_respect_to)(x, y)
        np.testing.assert_array_equal(found, expected if operator is zg.grad else expected[1])

    def test_arithmetic_on_bits(self, refused):
        with raises(RuntimeError, "grad(bits, 0)", "<text>:", "The tool's whole output: ") as seen:
            zg.grad(refused.bits)(1.0)
        assert isinstance(seen.value, errors.EnzymeError)

    def test_the_kernels_beside_them_still_work(self, refused):
        assert refused.bits(4.0) == pytest.approx(0.5, rel=1e-2)
