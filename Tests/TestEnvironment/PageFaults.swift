import Foundation

/// The page faults of the calling thread. Tests of "does not read the file" count them, because timings vary between
/// runs.
package enum PageFaults {
  /// The number of page faults so far.
  package static var count: Int {
    var usage = rusage()
    getrusage(1, &usage)  // RUSAGE_THREAD, a macro that is not imported
    return usage.ru_minflt + usage.ru_majflt
  }
}
