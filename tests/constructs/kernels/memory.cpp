// Memory: where it comes from, how it is copied, how its bits are read.
#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <memory_resource>
#include <new>
#include <span>
#include <vector>
#include <zymogen/kernel.hpp>

namespace {  // a build compiles what it uses alone

double ring(const double* v, std::size_t n) {
    double s = 0;
    for (std::size_t i = 0; i < n; ++i) s += v[i] * v[i] * v[(i + 1) % n];
    return s;
}

double filled(double* work, std::span<const double> x) {
    for (std::size_t i = 0; i < x.size(); ++i) work[i] = x[i];
    return ring(work, x.size());
}

// `new[]`, `delete[]`
double new_delete(std::span<const double> x) {
    double* work = new double[x.size()];
    const double s = filled(work, x);
    delete[] work;
    return s;
}
ZYMOGEN_KERNEL(new_delete, "x(n) -> ()");

// `malloc`, `free`
double malloc_free(std::span<const double> x) {
    auto* work = static_cast<double*>(std::malloc(x.size() * sizeof(double)));
    const double s = filled(work, x);
    std::free(work);
    return s;
}
ZYMOGEN_KERNEL(malloc_free, "x(n) -> ()");

// `calloc`
double calloc_free(std::span<const double> x) {
    auto* work = static_cast<double*>(std::calloc(x.size(), sizeof(double)));
    for (std::size_t i = 0; i < x.size(); ++i) work[i] += x[i];
    const double s = ring(work, x.size());
    std::free(work);
    return s;
}
ZYMOGEN_KERNEL(calloc_free, "x(n) -> ()");

// `realloc`
double realloc_free(std::span<const double> x) {
    double* work = nullptr;
    for (std::size_t i = 0; i < x.size(); ++i) {
        work = static_cast<double*>(std::realloc(work, (i + 1) * sizeof(double)));
        work[i] = x[i];
    }
    const double s = ring(work, x.size());
    std::free(work);
    return s;
}
ZYMOGEN_KERNEL(realloc_free, "x(n) -> ()");

// `std::aligned_alloc`
// Instead: `std::vector`, `new`, or an array with `alignas`.
double aligned_allocation(std::span<const double> x) {
    auto* work = static_cast<double*>(std::aligned_alloc(64, (x.size() * sizeof(double) + 63) / 64 * 64));
    const double s = filled(work, x);
    std::free(work);
    return s;
}
ZYMOGEN_KERNEL(aligned_allocation, "x(n) -> ()");

// `new` with an alignment
// Instead: `std::vector`, `new` without it, or an array with `alignas`.
double aligned_new(std::span<const double> x) {
    double* work = new (std::align_val_t(64)) double[x.size()];
    const double s = filled(work, x);
    operator delete[](work, std::align_val_t(64));
    return s;
}
ZYMOGEN_KERNEL(aligned_new, "x(n) -> ()");

// An array with `alignas`
double aligned_array(std::span<const double> x) {
    alignas(64) double work[64];
    return filled(work, x);
}
ZYMOGEN_KERNEL(aligned_array, "x(n) -> ()");

// `std::unique_ptr`
double unique_pointer(std::span<const double> x) {
    const auto work = std::make_unique<double[]>(x.size());
    return filled(work.get(), x);
}
ZYMOGEN_KERNEL(unique_pointer, "x(n) -> ()");

// `std::shared_ptr`
// Instead: `std::unique_ptr`, or a value.
double shared_pointer(std::span<const double> x) {
    const auto first = std::make_shared<std::vector<double>>(x.begin(), x.end());
    const auto second = first;
    return ring(second->data(), x.size());
}
ZYMOGEN_KERNEL(shared_pointer, "x(n) -> ()");

// An array of variable length, an extension of C++
double variable_length(std::span<const double> x) {
    double work[x.size()];
    return filled(work, x);
}
ZYMOGEN_KERNEL(variable_length, "x(n) -> ()");

// `alloca`
double allocated_on_the_stack(std::span<const double> x) {
    return filled(static_cast<double*>(__builtin_alloca(x.size() * sizeof(double))), x);
}
ZYMOGEN_KERNEL(allocated_on_the_stack, "x(n) -> ()");

// `std::pmr::vector` on a buffer
// Instead: `std::vector`, or the buffer itself.
double pool(std::span<const double> x) {
    alignas(16) std::byte buffer[1024];
    std::pmr::monotonic_buffer_resource resource(buffer, sizeof buffer);
    std::pmr::vector<double> v(x.begin(), x.end(), &resource);
    return ring(v.data(), v.size());
}
ZYMOGEN_KERNEL(pool, "x(n) -> ()");

// `new` at a place
double placed(std::span<const double> x) {
    struct Two {
        double a, b;
    };
    alignas(Two) std::byte buffer[2 * sizeof(Two)];
    auto* first = new (buffer) Two{x[0], x[1]};
    auto* second = new (buffer + sizeof(Two)) Two{x[2], x[3]};
    return first->a * first->a * first->b + first->b * first->b * second->a +
           second->a * second->a * second->b + second->b * second->b * first->a;
}
ZYMOGEN_KERNEL(placed, "x(n) -> ()");

// `std::memcpy` of numbers
double memory_copied(std::span<const double> x) {
    double work[64];
    std::memcpy(work, x.data(), x.size() * sizeof(double));
    return ring(work, x.size());
}
ZYMOGEN_KERNEL(memory_copied, "x(n) -> ()");

// `std::memset` and `std::memmove`
double memory_moved(std::span<const double> x) {
    double work[64];
    std::memset(work, 0, sizeof work);
    std::memcpy(work + 1, x.data(), x.size() * sizeof(double));
    std::memmove(work, work + 1, 8 * sizeof(double));
    return ring(work, x.size());
}
ZYMOGEN_KERNEL(memory_moved, "x(n) -> ()");

// `std::copy` and `std::fill`
double copied_and_filled(std::span<const double> x) {
    double work[64];
    std::fill(work, work + 64, 1.0);
    std::copy(x.begin(), x.end(), work);
    return ring(work, x.size());
}
ZYMOGEN_KERNEL(copied_and_filled, "x(n) -> ()");

// `std::memcpy` of a structure to bytes and back
double structure_to_bytes(std::span<const double> x) {
    struct Record {
        int kind;
        float weight;
        double values[4];
    };
    const Record record{2, 1.5F, {x[0], x[1], x[2], x[3]}};
    unsigned char bytes[sizeof(Record)];
    std::memcpy(bytes, &record, sizeof record);
    Record back;
    std::memcpy(&back, bytes, sizeof back);
    return ring(back.values, 4) * back.kind * static_cast<double>(back.weight) / 3;
}
ZYMOGEN_KERNEL(structure_to_bytes, "x(n) -> ()");

// A buffer of bytes that is used as numbers
// Instead: a buffer of numbers.
double buffer_of_bytes(std::span<const double> x) {
    alignas(16) unsigned char bytes[512];
    return filled(reinterpret_cast<double*>(bytes), x);
}
ZYMOGEN_KERNEL(buffer_of_bytes, "x(n) -> ()");

// A `void*` to data
double void_pointer(std::span<const double> x) {
    struct Context {
        const double* data;
        std::size_t size;
    } context{x.data(), x.size()};
    const void* opaque = &context;
    const auto* back = static_cast<const Context*>(opaque);
    return ring(back->data, back->size);
}
ZYMOGEN_KERNEL(void_pointer, "x(n) -> ()");

// A `union` of a number and an integer, of which the number is used
double union_of_two(std::span<const double> x) {
    union {
        double number;
        std::uint64_t bits;
    } u;
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        u.number = x[i];
        s += u.number * u.number * x[(i + 1) % x.size()];
    }
    return s;
}
ZYMOGEN_KERNEL(union_of_two, "x(n) -> ()");

// `std::bit_cast` that clears the sign of a number
// Instead: `std::fabs`, `std::copysign`, `std::frexp`, `std::ldexp`.
double sign_bit_cleared(std::span<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double magnitude =
            std::bit_cast<double>(std::bit_cast<std::uint64_t>(x[i]) & 0x7fffffffffffffffU);
        s += magnitude * magnitude * x[(i + 1) % x.size()];
    }
    return s;
}
ZYMOGEN_KERNEL(sign_bit_cleared, "x(n) -> ()");

// The inverse square root that begins with arithmetic on bits
// Instead: `1 / std::sqrt(x)`.
double fast_inverse_root(std::span<const double> x) {
    double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        const double a = 1 + x[i] * x[i];
        std::uint64_t bits;
        std::memcpy(&bits, &a, sizeof a);
        bits = 0x5fe6eb50c7b537a9U - (bits >> 1);
        double y;
        std::memcpy(&y, &bits, sizeof y);
        for (int k = 0; k < 5; ++k) y = y * (1.5 - 0.5 * a * y * y);
        s += y * x[(i + 1) % x.size()];
    }
    return s;
}
ZYMOGEN_KERNEL(fast_inverse_root, "x(n) -> ()");

// `volatile` numbers
double volatile_number(std::span<const double> x) {
    volatile double s = 0;
    for (std::size_t i = 0; i < x.size(); ++i) s = s + x[i] * x[i] * x[(i + 1) % x.size()];
    return s;
}
ZYMOGEN_KERNEL(volatile_number, "x(n) -> ()");

}  // namespace
