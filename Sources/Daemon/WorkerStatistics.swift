import Synchronization

/// What one event loop has counted. Only that loop writes; any thread may read, and sees each count
/// as it stood a moment ago.
final class WorkerStatistics: Sendable {
  /// Requests read, whether they could be answered or not.
  let requests = Counter()
  /// Requests answered with an error.
  let errors = Counter()
  /// Requests answered from the cache.
  let cacheHits = Counter()
  /// Requests that the model was asked for.
  let computed = Counter()
  /// Requests that were slow whatever was asked.
  let slow = Counter()
  /// Those of them that were refused since too many waited.
  let busy = Counter()
  /// Those of them that were not answered in time.
  let timedOut = Counter()
  /// Connections taken in.
  let connections = Counter()
  /// Connections refused because there were as many as are allowed.
  let refused = Counter()
  /// Connections closed because the client did not read, sent nothing, or held too much memory.
  let dropped = Counter()
  /// Those of them that sent nothing.
  let idle = Counter()
  /// Those of them that held the most memory when all held too much.
  let evicted = Counter()
  /// Connections whose next answer is being computed elsewhere now.
  let waiting = Counter()
  /// Connections that have begun with TLS.
  let handshakes = Counter()
  /// Steps of that which had to wait for their turn.
  let delayedHandshakes = Counter()
  /// What was asked by each command, in the order of the table; last, what named none of them.
  let commands: [CommandStatistics]

  /// Counts of nothing yet, where there are `commandCount` commands.
  init(commandCount: Int) {
    commands = (0...commandCount).map { _ in CommandStatistics() }
  }
}

/// A count with one writer.
final class Counter: Sendable {
  private let count = Atomic(0)

  /// What has been counted so far.
  var value: Int { count.load(ordering: .relaxed) }

  /// Counts one more. Called by the one writer alone, so that it needs no locked instruction.
  func increment() { add(1) }

  /// Counts so many more, or fewer where the number is negative; by the one writer alone, as ``increment()``.
  func add(_ number: Int) {
    count.store(count.load(ordering: .relaxed) &+ number, ordering: .relaxed)
  }
}
