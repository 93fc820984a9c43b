#include "heat.h"

#include <stdlib.h>
#include <string.h>

void heat_step(const double *restrict u, double *restrict next, size_t n, double r) {
    next[0] = u[0];
    next[n - 1] = u[n - 1];
    for (size_t i = 1; i + 1 < n; ++i) next[i] = u[i] + r * (u[i - 1] - 2 * u[i] + u[i + 1]);
}

void heat_run(const double *start, size_t n, double r, int steps, double *end) {
    double *work = malloc(n * sizeof *work);
    memcpy(end, start, n * sizeof *end);
    for (int step = 0; step < steps; ++step) {
        heat_step(end, work, n, r);
        memcpy(end, work, n * sizeof *end);
    }
    free(work);
}

double heat_misfit(const double *start, const double *measured, size_t n, double r, int steps) {
    double *end = malloc(n * sizeof *end);
    double sum = 0;
    heat_run(start, n, r, steps, end);
    for (size_t i = 0; i < n; ++i) sum += (end[i] - measured[i]) * (end[i] - measured[i]);
    free(end);
    return sum;
}
