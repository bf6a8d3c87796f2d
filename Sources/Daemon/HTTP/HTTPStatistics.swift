import Synchronization

/// How requests to the port of HTTP were answered.
final class HTTPStatistics: Sendable {
  private let counts = Mutex<[Int: Int]>([:])

  /// Counts an answer with `status`, which is one of the few that there are.
  func count(_ status: Int) { counts.withLock { $0[status, default: 0] += 1 } }

  /// How many answers had each status, in the order of these.
  var byStatus: [(status: Int, count: Int)] {
    counts.withLock { $0 }.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
  }
}
