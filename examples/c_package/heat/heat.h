/* Heat flow along a rod, by explicit steps in time. */
#ifndef HEAT_H
#define HEAT_H

#include <stddef.h>

/* One step: next[i] from u[i] and its neighbours; r is the diffusion number, at most 0.5. The ends keep their values. */
void heat_step(const double *restrict u, double *restrict next, size_t n, double r);

/* The state after `steps` steps. */
void heat_run(const double *start, size_t n, double r, int steps, double *end);

/* The sum of squared differences between the state after `steps` steps and what was measured. */
double heat_misfit(const double *start, const double *measured, size_t n, double r, int steps);

#endif
