// Dual numbers, whose derivatives are exact.
#pragma once

#include <cmath>

template <class T>
struct Dual {
    T value, slope;
    Dual(double number = 0) : value(number), slope(0) {}
    Dual(T value, T slope) : value(value), slope(slope) {}
};
template <class T>
Dual<T> operator+(Dual<T> a, Dual<T> b) {
    return {a.value + b.value, a.slope + b.slope};
}
template <class T>
Dual<T> operator*(Dual<T> a, Dual<T> b) {
    return {a.value * b.value, a.slope * b.value + a.value * b.slope};
}
template <class T>
Dual<T> sin(Dual<T> a) {
    using std::sin, std::cos;
    return {sin(a.value), a.slope * cos(a.value)};
}
template <class T>
Dual<T> cos(Dual<T> a) {
    using std::sin, std::cos;
    return {cos(a.value), T(-1.0) * a.slope * sin(a.value)};
}
template <class T>
bool operator>(Dual<T> a, double b) {
    return a.value > b;
}
