#ifndef LATENT_CARGUMENTS_H
#define LATENT_CARGUMENTS_H

// The program's arguments as the kernel handed them over. Swift's CommandLine reads them back from
// /proc, and has none where that is not mounted.

/// How many there are, the program's own name among them.
int latent_argument_count(void);

/// The argument at `position`, from 0. Lives as long as the process.
const char *latent_argument(int position);

#endif
