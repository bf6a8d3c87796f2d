import Foundation

/// The limit on the process's address space (`ulimit -v`).
enum AddressSpace {
  /// The measured needs of the libraries, and what OpenBLAS reserves for each of its threads; Debian's build has at
  /// most 64 threads.
  private static let (libraries, perThread, threadLimit): (UInt64, UInt64, Int) = (
    512 << 20, 64 << 20, 64
  )

  /// Why the program can't run within the limit; nil if it can. Without this check OpenBLAS's threads would retry their
  /// allocations for ever, and the program would never end.
  static var shortage: String? { shortage(beside: 0) }

  /// Returns the same for a program that needs `more` bytes besides.
  static func shortage(beside more: UInt64) -> String? {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else { return nil }
    // The usual case: no further queries are needed.
    guard limit.rlim_cur < libraries + UInt64(threadLimit) * perThread + more else { return nil }
    let wanted = ProcessInfo.processInfo.environment["OPENBLAS_NUM_THREADS"].flatMap { Int($0) }
    let processors = sysconf(Int32(_SC_NPROCESSORS_CONF))
    let threads = min(max(processors, 1), max(wanted ?? threadLimit, 1), threadLimit)
    let needed = libraries + UInt64(threads) * perThread + more
    guard limit.rlim_cur < needed else { return nil }
    return
      "the limit on the process's addresses is \(limit.rlim_cur >> 10) KiB, and latent needs "
      + "\(needed >> 10) here. Raise it (ulimit -v), or limit the memory of a control group "
      + "instead, which counts only memory in use."
  }
}
