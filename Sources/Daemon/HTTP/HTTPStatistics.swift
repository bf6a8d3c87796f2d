import Synchronization

/// The numbers of answers on the HTTP port, by status.
final class HTTPStatistics: Sendable {
  private let counts = Mutex<[Int: Int]>([:])

  /// Counts an answer with `status`, one of a small set.
  func count(_ status: Int) { counts.withLock { $0[status, default: 0] += 1 } }

  /// The number of answers with each status, sorted by status.
  var byStatus: [(status: Int, count: Int)] {
    counts.withLock { $0 }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}
