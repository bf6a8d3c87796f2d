#include <cblas.h>

// LAPACK as OpenBLAS has it: Fortran's calling convention, matrices by columns. Debian's package has no
// header for it.

/// Eigenvalues and eigenvectors of a symmetric matrix, by divide and conquer.
void ssyevd_(
    const char *job, const char *triangle, const int *order, float *matrix, const int *stride,
    float *values, float *work, const int *workCount, int *integers, const int *integerCount,
    int *info);
