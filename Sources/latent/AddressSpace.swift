import Foundation

/// The addresses that the process may use at the most (`ulimit -v`).
enum AddressSpace {
  /// What was seen to suffice for the libraries, and what OpenBLAS reserves for each of its threads, of which
  /// Debian's has 64 at most.
  private static let (libraries, perThread, threadLimit): (UInt64, UInt64, Int) = (
    512 << 20, 64 << 20, 64
  )

  /// Why the program can't run within the limit; nil where it can. OpenBLAS's threads try again and again
  /// for memory that they don't get, and such a program never ends.
  static var shortage: String? { shortage(beside: 0) }

  /// The same for what takes `more` bytes besides.
  static func shortage(beside more: UInt64) -> String? {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else { return nil }
    // The usual case: nothing else is asked for.
    guard limit.rlim_cur < libraries + UInt64(threadLimit) * perThread + more else { return nil }
    let wanted = ProcessInfo.processInfo.environment["OPENBLAS_NUM_THREADS"].flatMap { Int($0) }
    let processors = sysconf(Int32(_SC_NPROCESSORS_CONF))
    let threads = min(max(processors, 1), max(wanted ?? threadLimit, 1), threadLimit)
    let needed = libraries + UInt64(threads) * perThread + more
    guard limit.rlim_cur < needed else { return nil }
    return
      "the limit on the process's addresses is \(limit.rlim_cur >> 10) KiB, and latent needs "
      + "\(needed >> 10) here. Raise it (ulimit -v), or limit the memory of a control group "
      + "instead, which counts what is used."
  }
}
