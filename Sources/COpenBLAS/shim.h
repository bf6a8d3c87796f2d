#include <cblas.h>

// LAPACK as OpenBLAS has it: Fortran's calling convention, matrices by columns. Debian's package has no
// header for it.

/// Eigenvalues and eigenvectors of a symmetric matrix, by divide and conquer.
void ssyevd_(
    const char *job, const char *triangle, const int *order, float *matrix, const int *stride,
    float *values, float *work, const int *workCount, int *integers, const int *integerCount,
    int *info);

/// Cholesky's factorisation of a symmetric positive definite matrix, in place.
void spotrf_(
    const char *triangle, const int *order, float *matrix, const int *stride, int *info);

/// The same in double precision.
void dpotrf_(
    const char *triangle, const int *order, double *matrix, const int *stride, int *info);

/// Solves for right-hand sides by what `dpotrf_` made.
void dpotrs_(
    const char *triangle, const int *order, const int *count, const double *matrix,
    const int *stride, double *right, const int *rightStride, int *info);
