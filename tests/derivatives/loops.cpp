// Loops that are left and gone on with in many ways, for real numbers and for dual numbers.
#include "dual.hpp"

#include <cmath>
#include <span>
#include <utility>
#include <vector>
#include <zymogen/kernel.hpp>

template <class T>
T step(T s, std::span<const T> x, int i) {
    using std::sin;
    return sin(s) * x[i % x.size()] + s;
}

template <class T>
T goes_on_in_while(std::span<const T> x, int m) {
    T s = 1;
    int c = 0;
    while (c != m) {
        ++c;
        if (c % 3 == 1) continue;
        s = step(s, x, c);
    }
    return s;
}

// No value of a turn is needed on the way back.
template <class T>
T goes_on_in_a_sum(std::span<const T> x, int m) {
    using std::sin;
    T s = 1;
    int c = 0;
    while (c != m) {
        ++c;
        if (c % 3 == 1) continue;
        s = s + sin(x[c % x.size()]);
    }
    return s;
}

template <class T>
T goes_on_for_ever(std::span<const T> x, int m) {
    T s = 1;
    int c = 0;
    for (;;) {
        if (c == m) break;
        ++c;
        if (x[c % x.size()] > 0.45) continue;
        s = step(s, x, c);
    }
    return s;
}

template <class T>
T goes_on_in_two_places(std::span<const T> x, int m) {
    T s = 1;
    int c = 0;
    while (c != m) {
        ++c;
        if (c % 3 == 1) continue;
        s = step(s, x, c);
        if (c % 5 == 1) continue;
        s = step(s, x, c + 1);
    }
    return s;
}

template <class T>
T goes_on_in_a_switch(std::span<const T> x, int m) {
    T s = 1;
    int c = 0;
    while (c != m) {
        ++c;
        switch (c % 4) {
            case 0: continue;
            case 1: s = step(s, x, c); continue;
            case 2: s = step(s, x, c + 1); break;
            default: break;
        }
        s = s * T(1.01);
    }
    return s;
}

template <class T>
T goes_on_in_two_loops(std::span<const T> x, int m) {
    T s = 1;
    int i = 0;
    while (i != m) {
        ++i;
        if (i % 4 == 0) continue;
        int j = 0;
        while (j != i) {
            ++j;
            if (j % 2) continue;
            s = step(s, x, i + j);
        }
    }
    return s;
}

template <class T>
T ends_in_the_inner_loop_alone(std::span<const T> x, int m) {
    T s = 1;
    int i = 0;
    for (;;) {
        int j = 0;
        do {
            if (i == m) return s;
            ++j;
            ++i;
        } while (j % 3);
        s = step(s, x, j + i);
    }
}

template <class T>
T ends_in_either_loop(std::span<const T> x, int m) {
    T s = 1;
    int i = 0;
    for (;;) {
        int j = 0;
        for (;;) {
            if (i == m) return s;
            ++j;
            if (j > 3) break;
            s = step(s, x, i + j);
            ++i;
        }
        s = step(s, x, j);
    }
}

template <class T>
T returns_from_two_loops(std::span<const T> x, int m) {
    T s = 1;
    for (int i = 0; i < m; ++i) {
        for (int j = 0; j <= i; ++j) {
            if (i * j > 12) return s;
            s = step(s, x, i + j);
        }
    }
    return s;
}

template <class T>
T jumps_out_of_three_loops(std::span<const T> x, int m) {
    T s = 1;
    for (int i = 0; i < m; ++i) {
        for (int j = 0; j < 3; ++j) {
            for (int k = 0; k < 3; ++k) {
                if (i + j + k == 9) goto done;
                s = step(s, x, i + j + k);
            }
        }
        s = s * T(0.9);
    }
done:
    return s;
}

// Three ways lead out, and the condition of the second is not evaluated on the third.
template <class T>
T ends_in_a_branch(std::span<const T> x, int m) {
    T s = 1;
    int steps = 0;
    for (int i = 0; i != m && ++steps < 200;) {
        ++i;
        s = step(s, x, i);
        if (2 * i % 3 == 1) {
            for (int j = 0; j < 4; ++j) s = s + T(0.1) * x[i % x.size()];
            if (s > 3.0) break;
        } else {
            for (int j = 0;;) {
                if (j >= 4 || ++steps > 200) break;
                s = step(s, x, ++j);
            }
        }
    }
    return s * x[m % x.size()];
}

template <class T>
T turns_of_a_nest(std::span<const T> x, int m) {
    T s = 1;
    int i = 0;
    for (;;) {
        for (int j = 0; j < 3; ++j) s = step(s, x, i++ + j);
        if (i > m) return s;
    }
}

// The loop ends when the data say so.
template <class T>
T tries_again(std::span<const T> x, int m) {
    T s = x[0], t = 0, h = 0.5;
    while (!(t > 0.2 * m)) {
        const T d = h * (x[1] + T(-1.0) * s * s);
        if (d * d > 0.01) {
            h = h * T(0.5);
            continue;
        }
        s = s + d;
        t = t + h;
        h = h * T(1.2);
    }
    return s;
}

template <class T>
T goes_on_beside_a_nest(std::span<const T> x, int m) {
    T s = 1;
    int steps = 0;
    for (int i = 0; i < 5 && ++steps <= 200;) {
        ++i;
        for (int j = 0; j < m; ++j) s = s * (T(1.0) + T(0.1) * x[(j + 1) % x.size()]);
        if (i > 2) {
            for (int j = 0; j < i % 4 + 1; ++j)
                for (int k = 0; k < 4; ++k)
                    for (int l = 0; l < 4; ++l) s = step(step(s, x, i), x, i);
        } else {
            for (int j = 0; j < m && ++steps <= 200;) {
                ++j;
                if (x[j % x.size()] > 0.6) continue;
                for (int k = 0; k < j % 4 + 1; ++k) s = s * (T(1.0) + T(0.1) * x[(i + 1) % x.size()]);
            }
        }
    }
    return s;
}

// What is computed in a turn of both loops is needed behind them.
template <class T>
T returns_a_product(std::span<const T> x, int m) {
    T s = 0;
    for (int i = 0; i < m; ++i)
        for (int j = 0; j < m; ++j) {
            s = s + x[i % x.size()] * x[j % x.size()];
            if (s > 2.0) return s * x[j % x.size()];
        }
    return s;
}

template <class T>
T returns_a_product_or_goes_on(std::span<const T> x, int m) {
    T s = 0;
    for (int i = 0; i < m; ++i)
        for (int j = 0; j < m; ++j) {
            if (x[j % x.size()] > 0.8) continue;
            s = s + x[i % x.size()] * x[j % x.size()];
            if (s > 2.0) return s * x[j % x.size()];
        }
    return s;
}

template <class T>
T returns_from_three_loops(std::span<const T> x, int m) {
    T s = 0;
    for (int i = 0; i < m; ++i)
        for (int j = 0; j < m; ++j)
            for (int k = 0; k < m; ++k) {
                s = s + x[i % x.size()] * x[j % x.size()];
                if (s > 5.0) return s * x[k % x.size()];
                if (x[j % x.size()] > 0.6) break;
            }
    return s;
}

// How often the second nest goes round was decided in the first loop.
template <class T>
T grows_first(std::span<const T> x, int m) {
    std::vector<T> grown;
    for (int i = 0; i < 5; ++i) grown.push_back(x[i * i % 3]);
    T s = 1;
    for (int i = 0; i < m; ++i)
        for (std::size_t j = 0; j + 1 < grown.size(); ++j) s = s * grown[j];
    return s;
}

template <class T>
T counts_first(std::span<const T> x, int m) {
    int count = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        if (x[i] > 0.45) ++count;
    }
    T s = 1;
    for (int i = 0; i < m; ++i)
        for (int j = 0; j < count; ++j) s = step(s, x, i + j);
    return s;
}

// The bound of the innermost loop is what the one around it steps by, and is compared with.
template <class T>
T takes_away(std::span<const T> x, int m) {
    T s = 1;
    for (int a = m + 3, b = m; b > 0; std::swap(a, b))
        for (; a >= b; a -= b)
            for (int i = 0; i < b; ++i) s = step(s, x, i + a);
    return s;
}

#define LOOPS(USE)                        \
    USE(0, goes_on_in_while)              \
    USE(1, goes_on_in_a_sum)              \
    USE(2, goes_on_for_ever)              \
    USE(3, goes_on_in_two_places)         \
    USE(4, goes_on_in_a_switch)           \
    USE(5, goes_on_in_two_loops)          \
    USE(6, ends_in_the_inner_loop_alone)  \
    USE(7, ends_in_either_loop)           \
    USE(8, returns_from_two_loops)        \
    USE(9, jumps_out_of_three_loops)      \
    USE(10, ends_in_a_branch)             \
    USE(11, turns_of_a_nest)              \
    USE(12, tries_again)                  \
    USE(13, goes_on_beside_a_nest)        \
    USE(14, returns_a_product)            \
    USE(15, returns_a_product_or_goes_on) \
    USE(16, returns_from_three_loops)     \
    USE(17, grows_first)                  \
    USE(18, counts_first)                 \
    USE(19, takes_away)

#define REGISTERED(number, name)                              \
    double shape_##number(std::span<const double> x, int m) { \
        return name<double>(x, m);                            \
    }                                                         \
    ZYMOGEN_KERNEL(shape_##number, "x(n), m() -> ()");
LOOPS(REGISTERED)

template <class T>
T loop(int number, std::span<const T> x, int m) {
    switch (number) {
#define CASE(number, name) \
    case number: return name<T>(x, m);
        LOOPS(CASE)
        default: return 0;
    }
}

// d f / d x[i]
void gradient(std::span<const double> x, int m, int number, std::span<double> y) {
    for (std::size_t i = 0; i < x.size(); ++i) {
        std::vector<Dual<double>> along(x.begin(), x.end());
        along[i].slope = 1;
        y[i] = loop<Dual<double>>(number, along, m).slope;
    }
}
ZYMOGEN_KERNEL(gradient, "x(n), m(), number() -> y(n)");

// d (d f / d x[i]) / d x[j]
void hessian(std::span<const double> x, int m, int number, zymogen::matrix<double> y) {
    using Twice = Dual<Dual<double>>;
    for (std::size_t i = 0; i < x.size(); ++i) {
        for (std::size_t j = 0; j < x.size(); ++j) {
            std::vector<Twice> along;
            for (std::size_t k = 0; k < x.size(); ++k)
                along.push_back({Dual<double>(x[k], k == i), Dual<double>(k == j)});
            y[i, j] = loop<Twice>(number, along, m).slope.slope;
        }
    }
}
ZYMOGEN_KERNEL(hessian, "x(n), m(), number() -> y(n, n)");
