// Steps of a sweep over components: which of its lanes belong to an array, and where a step's share lies in
// the whole.
#pragma once

#include <zymogen/names_begin.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>

namespace zymogen {

/// Neighbouring lanes of one step.
struct Lanes {
    std::size_t skip;   ///< lanes before them
    std::size_t count;  ///< 0 where there are none
};

/// Of `lanes` lanes along components `index`, `index + 1`, ...: those of an array that has the components
/// [first, first + count).
inline Lanes lanes_of(std::size_t index, std::size_t lanes, std::size_t first, std::size_t count) {
    const std::size_t begin = std::max(index, first), end = std::min(index + lanes, first + count);
    return begin < end ? Lanes{begin - index, end - begin} : Lanes{0, 0};
}

/// Those of `lanes` that go along components after `start`. The first lane goes along `index`, which is not
/// before it.
inline Lanes lanes_after(Lanes lanes, std::size_t index, std::size_t start) {
    if (index > start || lanes.skip > 0 || lanes.count == 0) return lanes;
    return {1, lanes.count - 1};
}

/// The components of `lanes` lanes from position `at` of a list on; beyond its end, none that any array has.
inline void list_lanes(std::size_t* index, std::size_t lanes, const std::int64_t* list, std::size_t at,
                       std::size_t count) {
    for (std::size_t k = 0; k < lanes; ++k)
        index[k] = at + k < count ? static_cast<std::size_t>(list[at + k]) : ~std::size_t{0};
}

/// Entries of a whole array that one step has: `step` apart in each lane, and `lane_step` from lane to lane.
template <class T>
inline void scatter(T* whole, std::size_t step, std::size_t lane_step, const T* part, std::size_t count,
                    Lanes lanes) {
    part += lanes.skip * count;
    if (step == 1) {  // each lane has a row of its own
        for (std::size_t k = 0; k < lanes.count; ++k) {
            for (std::size_t i = 0; i < count; ++i) whole[k * lane_step + i] = part[k * count + i];
        }
        return;
    }
    for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t k = 0; k < lanes.count; ++k) whole[i * step + k * lane_step] = part[k * count + i];
    }
}

template <class T>
inline void scatter(T* whole, std::size_t step, const T* part, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) whole[i * step] = part[i];
}

template <class T>
inline void add(T* whole, std::size_t step, const T* part, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) whole[i * step] += part[i];
}

template <class T>
inline void add(T* whole, std::size_t step, std::size_t lane_step, const T* part, std::size_t count,
                Lanes lanes) {
    part += lanes.skip * count;
    for (std::size_t i = 0; i < count; ++i) {
        for (std::size_t k = 0; k < lanes.count; ++k) whole[i * step + k * lane_step] += part[k * count + i];
    }
}

/// The other way: a step's share of a whole cotangent is added to `part`.
template <class T>
inline void gather(T* part, const T* whole, std::size_t step, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) part[i] += whole[i * step];
}

/// The 1 of a dense one-hot tangent in each lane, set before a step and taken back after it. `first` is the
/// component of lane `lanes.skip`.
template <class T>
inline void set_seeds(T* seeds, std::size_t count, std::size_t first, Lanes lanes, T value) {
    for (std::size_t k = 0; k < lanes.count; ++k) seeds[(lanes.skip + k) * count + first + k] = value;
}

/// The same for lanes along components that are no neighbours; those that no array has are left out.
template <class T>
inline void set_listed_seeds(T* seeds, std::size_t count, const std::size_t* index, std::size_t lanes,
                             T value) {
    for (std::size_t k = 0; k < lanes; ++k)
        if (index[k] < count) seeds[k * count + index[k]] = value;
}

/// Listed components of an array.
template <class T>
inline void pick(T* picked, const T* array, const std::int64_t* list, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) picked[i] = array[list[i]];
}

/// The same in each lane, where each has an array of `size` components.
template <class T>
inline void pick(T* picked, const T* array, const std::int64_t* list, std::size_t count, std::size_t lanes,
                 std::size_t size) {
    for (std::size_t k = 0; k < lanes; ++k) pick(picked + k * count, array + k * size, list, count);
}

}  // namespace zymogen

#include <zymogen/names_end.hpp>
