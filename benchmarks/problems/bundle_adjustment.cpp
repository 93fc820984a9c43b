#include <array>
#include <cmath>
#include <span>
#include <zymogen/kernel.hpp>

using Vector = std::array<double, 3>;

Vector cross(Vector a, Vector b) {
    return {a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]};
}

double dot(Vector a, Vector b) {
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

// Rodrigues' formula: v turned about r by the angle |r|.
Vector rotate(Vector r, Vector v) {
    const double squares = dot(r, r);
    if (squares == 0) {
        const Vector turned = cross(r, v);
        return {v[0] + turned[0], v[1] + turned[1], v[2] + turned[2]};
    }
    const double angle = std::sqrt(squares), c = std::cos(angle), s = std::sin(angle);
    const Vector axis{r[0] / angle, r[1] / angle, r[2] / angle};
    const Vector turned = cross(axis, v);
    const double along = dot(axis, v) * (1 - c);
    Vector result;
    for (int i = 0; i < 3; ++i) result[i] = v[i] * c + turned[i] * s + axis[i] * along;
    return result;
}

// Weighted error of one observed feature. A camera is rotation (3), centre (3), focal length, principal point
// (2) and radial distortion (2).
void reprojection(std::span<const double, 11> camera, std::span<const double, 3> point, double weight,
                  std::span<const double, 2> feature, std::span<double, 2> error) {
    const Vector away{point[0] - camera[3], point[1] - camera[4], point[2] - camera[5]};
    const Vector seen = rotate({camera[0], camera[1], camera[2]}, away);
    const double px = seen[0] / seen[2], py = seen[1] / seen[2];
    const double squares = px * px + py * py;
    const double distortion = 1 + camera[9] * squares + camera[10] * squares * squares;
    error[0] = weight * (camera[6] * distortion * px + camera[7] - feature[0]);
    error[1] = weight * (camera[6] * distortion * py + camera[8] - feature[1]);
}
ZYMOGEN_KERNEL(reprojection, "camera(11), point(3), weight(), feature(2) -> error(2)");

// By hand. With R(r) the rotation: dR v / dr = -R [v]x (r rᵀ + (Rᵀ - 1) [r]x) / |r|² (Gallego and Yezzi, A
// compact formula for the derivative of a 3-D rotation in exponential coordinates, 2015).

using Matrix = std::array<Vector, 3>;

// cos + sin [axis]x + (1 - cos) axis axisᵀ
Matrix rotation(Vector r) {
    const double squares = dot(r, r);
    if (squares == 0) return {Vector{1, 0, 0}, Vector{0, 1, 0}, Vector{0, 0, 1}};
    const double angle = std::sqrt(squares), c = std::cos(angle), s = std::sin(angle);
    const double x = r[0] / angle, y = r[1] / angle, z = r[2] / angle;
    return {Vector{c + (1 - c) * x * x, (1 - c) * x * y - s * z, (1 - c) * x * z + s * y},
            Vector{(1 - c) * x * y + s * z, c + (1 - c) * y * y, (1 - c) * y * z - s * x},
            Vector{(1 - c) * x * z - s * y, (1 - c) * y * z + s * x, c + (1 - c) * z * z}};
}

Matrix rotated_by_rotation(Vector r, const Matrix& R, Vector v) {
    const double squares = dot(r, r);
    Matrix inner, result;
    for (int j = 0; j < 3; ++j) {
        Vector unit{};
        unit[j] = 1;
        const Vector turned = cross(r, unit);  // column j of [r]x
        for (int i = 0; i < 3; ++i) {
            const double back = R[0][i] * turned[0] + R[1][i] * turned[1] + R[2][i] * turned[2];
            inner[i][j] = squares == 0 ? unit[i] : (r[i] * r[j] + back - turned[i]) / squares;
        }
    }
    for (int j = 0; j < 3; ++j) {
        const Vector column = cross(v, {inner[0][j], inner[1][j], inner[2][j]});
        for (int i = 0; i < 3; ++i) result[i][j] = -dot(R[i], column);
    }
    return result;
}

void reprojection_jacobian(std::span<const double, 11> camera, std::span<const double, 3> point,
                           double weight, std::span<const double, 2> feature,
                           zymogen::matrix<double> in_camera, zymogen::matrix<double> in_point,
                           std::span<double, 2> in_weight) {
    const Vector r{camera[0], camera[1], camera[2]};
    const Vector away{point[0] - camera[3], point[1] - camera[4], point[2] - camera[5]};
    const Matrix R = rotation(r);
    const Vector seen{dot(R[0], away), dot(R[1], away), dot(R[2], away)};
    const Matrix in_r = rotated_by_rotation(r, R, away);
    const std::array<double, 2> p{seen[0] / seen[2], seen[1] / seen[2]};
    const double squares = p[0] * p[0] + p[1] * p[1];
    const double distortion = 1 + camera[9] * squares + camera[10] * squares * squares;
    const double slope = 2 * (camera[9] + 2 * camera[10] * squares);
    const double f = camera[6];
    for (int i = 0; i < 2; ++i) {
        // d error[i] / d seen: through the distorted point, which depends on both coordinates, and the
        // division.
        const double in_px = weight * f * (slope * p[i] * p[0] + (i == 0 ? distortion : 0));
        const double in_py = weight * f * (slope * p[i] * p[1] + (i == 1 ? distortion : 0));
        const Vector in_seen{in_px / seen[2], in_py / seen[2], -(in_px * p[0] + in_py * p[1]) / seen[2]};
        for (int j = 0; j < 3; ++j) {
            in_camera[i, j] = in_seen[0] * in_r[0][j] + in_seen[1] * in_r[1][j] + in_seen[2] * in_r[2][j];
            in_point[i, j] = in_seen[0] * R[0][j] + in_seen[1] * R[1][j] + in_seen[2] * R[2][j];
            in_camera[i, 3 + j] = -in_point[i, j];
        }
        in_camera[i, 6] = weight * distortion * p[i];
        in_camera[i, 7] = i == 0 ? weight : 0;
        in_camera[i, 8] = i == 1 ? weight : 0;
        in_camera[i, 9] = weight * f * p[i] * squares;
        in_camera[i, 10] = weight * f * p[i] * squares * squares;
        in_weight[i] = f * distortion * p[i] + camera[7 + i] - feature[i];
    }
}
ZYMOGEN_KERNEL(reprojection_jacobian,
               "camera(11), point(3), weight(), feature(2) -> in_camera(2,11), in_point(2,3), in_weight(2)");
