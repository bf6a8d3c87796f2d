#include "CArguments.h"

static int count;
static char **arguments;

// The C library calls constructors with what it will call main with.
__attribute__((constructor)) static void keep(int argc, char **argv) {
  count = argc;
  arguments = argv;
}

int latent_argument_count(void) { return count; }

const char *latent_argument(int position) { return arguments[position]; }
