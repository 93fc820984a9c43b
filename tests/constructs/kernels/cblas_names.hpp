// The names of cblas, by which Enzyme knows derivatives, for a library whose functions have the prefix
// scipy_. Derivatives call more of them than a kernel does, so all are kept.
#pragma once

#define ZYMOGEN_KEPT extern "C" [[gnu::noinline, gnu::used]] inline

extern "C" {
double scipy_cblas_ddot(int n, const double* x, int dx, const double* y, int dy);
double scipy_cblas_dnrm2(int n, const double* x, int dx);
void scipy_cblas_daxpy(int n, double a, const double* x, int dx, double* y, int dy);
void scipy_cblas_dscal(int n, double a, double* x, int dx);
void scipy_cblas_dcopy(int n, const double* x, int dx, double* y, int dy);
void scipy_cblas_dger(int order, int m, int n, double a, const double* x, int dx, const double* y, int dy,
                      double* to, int rows);
void scipy_cblas_dgemv(int order, int trans, int m, int n, double a, const double* from, int rows,
                       const double* x, int dx, double b, double* y, int dy);
void scipy_cblas_dgemm(int order, int trans_p, int trans_q, int m, int n, int k, double a, const double* p,
                       int rows_p, const double* q, int rows_q, double b, double* to, int rows);
}

ZYMOGEN_KEPT double cblas_ddot(int n, const double* x, int dx, const double* y, int dy) {
    return scipy_cblas_ddot(n, x, dx, y, dy);
}
ZYMOGEN_KEPT double cblas_dnrm2(int n, const double* x, int dx) {
    return scipy_cblas_dnrm2(n, x, dx);
}
ZYMOGEN_KEPT void cblas_daxpy(int n, double a, const double* x, int dx, double* y, int dy) {
    scipy_cblas_daxpy(n, a, x, dx, y, dy);
}
ZYMOGEN_KEPT void cblas_dscal(int n, double a, double* x, int dx) {
    scipy_cblas_dscal(n, a, x, dx);
}
ZYMOGEN_KEPT void cblas_dcopy(int n, const double* x, int dx, double* y, int dy) {
    scipy_cblas_dcopy(n, x, dx, y, dy);
}
ZYMOGEN_KEPT void cblas_dger(int order, int m, int n, double a, const double* x, int dx, const double* y,
                             int dy, double* to, int rows) {
    scipy_cblas_dger(order, m, n, a, x, dx, y, dy, to, rows);
}
ZYMOGEN_KEPT void cblas_dgemv(int order, int trans, int m, int n, double a, const double* from, int rows,
                              const double* x, int dx, double b, double* y, int dy) {
    scipy_cblas_dgemv(order, trans, m, n, a, from, rows, x, dx, b, y, dy);
}
ZYMOGEN_KEPT void cblas_dgemm(int order, int trans_p, int trans_q, int m, int n, int k, double a,
                              const double* p, int rows_p, const double* q, int rows_q, double b, double* to,
                              int rows) {
    scipy_cblas_dgemm(order, trans_p, trans_q, m, n, k, a, p, rows_p, q, rows_q, b, to, rows);
}
