#ifndef LATENT_CPROCESSOR_H
#define LATENT_CPROCESSOR_H
#include <stdbool.h>

// What this processor can do, by CPUID. Compiled for the plain architecture, so that asking is
// safe on a processor that lacks what is asked for.

/// Whether the processor and the operating system support all of x86-64-v3 (AVX2, FMA, BMI ...).
/// True on other architectures, where nothing is assumed beyond the base.
bool latent_processor_supports_v3(void);

/// Whether the AVX-512 foundation, byte/word, doubleword/quadword and vector-length sets are there.
bool latent_processor_supports_avx512(void);

/// Whether the code that asks is compiled for x86-64 with FMA: elsewhere a product that is added with one rounding
/// is a call for each number.
static inline bool latent_processor_compiled_for_fma(void) {
#if defined(__x86_64__) && defined(__FMA__)
  return true;
#else
  return false;
#endif
}

/// Asks for the cache line at `address` to be fetched, without waiting for it. Any address will do.
static inline void latent_processor_prefetch(const void *address) {
  __builtin_prefetch(address);
}

#endif
