// What the program sees of the kernels. Their definitions, and the lines that register them, are in
// ../package/src.
#pragma once

#include <span>
#include <zymogen/view.hpp>

double bump(std::span<const double> x, std::span<const double> y);
double product(std::span<const double> x);
void rs(std::span<const double> d, double m, std::span<double> r);
template <class T>
void model(zymogen::matrix<const T> M, std::span<const T> x, std::span<T> y);
