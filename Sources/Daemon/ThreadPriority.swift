import Foundation

/// The priorities of threads when the processors are busy.
enum ThreadPriority {
  /// The niceness of all threads but event loops (see `nice`).
  private static let niceness: CInt = 5

  /// Lowers the priority of the calling thread below that of event loops.
  static func letEventLoopsGoFirst() {
    // For the calling thread alone: Linux counts threads as processes here.
    setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness)
  }
}
