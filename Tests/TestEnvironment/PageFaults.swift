import Foundation

/// How often the calling thread had a page of memory brought in: what a test of "does not read the
/// file" counts, where a clock would say something else at every run.
package enum PageFaults {
  /// The count so far.
  package static var count: Int {
    var usage = rusage()
    getrusage(1, &usage)  // RUSAGE_THREAD, a macro that is not imported
    return usage.ru_minflt + usage.ru_majflt
  }
}
