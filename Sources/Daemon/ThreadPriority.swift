import Foundation

/// Which threads go first where the processors are busy.
enum ThreadPriority {
  /// How much the others let event loops go first (see `nice`).
  private static let niceness: CInt = 5

  /// Has the calling thread let event loops go first.
  static func letEventLoopsGoFirst() {
    // Of the calling thread alone: Linux counts threads as processes here.
    setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, niceness)
  }
}
