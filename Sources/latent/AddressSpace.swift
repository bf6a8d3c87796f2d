import Foundation

/// The addresses that the process may use at the most (`ulimit -v`).
enum AddressSpace {
  /// What the libraries reserve on their own, and what OpenBLAS does for each processor.
  private static let (libraries, perProcessor): (UInt64, UInt64) = (512 << 20, 64 << 20)

  /// Why the program can't run within the limit; nil where it can. OpenBLAS's threads try again and again
  /// for memory that they don't get, and such a program never ends.
  static var shortage: String? {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else { return nil }
    let needed = libraries + UInt64(max(sysconf(Int32(_SC_NPROCESSORS_CONF)), 1)) * perProcessor
    guard limit.rlim_cur < needed else { return nil }
    return
      "the limit on the process's addresses is \(limit.rlim_cur >> 10) KiB, and latent's libraries "
      + "need \(needed >> 10) here. Raise it (ulimit -v), or limit the memory of a control group "
      + "instead, which counts what is used."
  }
}
