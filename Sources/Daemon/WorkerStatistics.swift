import Synchronization

/// The counts of one event loop. Only that loop writes; any thread may read, and sees each count as it was a moment
/// ago.
final class WorkerStatistics: Sendable {
  /// Requests read, whether they could be answered or not.
  let requests = Counter()
  /// Requests answered with an error.
  let errors = Counter()
  /// Requests answered from the cache.
  let cacheHits = Counter()
  /// Requests for which the model was asked.
  let computed = Counter()
  /// Requests that are slow whatever they ask.
  let slow = Counter()
  /// Slow requests refused because too many waited.
  let busy = Counter()
  /// Slow requests not answered in time.
  let timedOut = Counter()
  /// Connections accepted.
  let connections = Counter()
  /// Connections refused because there were as many as are allowed.
  let refused = Counter()
  /// Connections closed because the client did not read, sent nothing, or held too much memory.
  let dropped = Counter()
  /// Dropped connections whose clients sent nothing.
  let idle = Counter()
  /// Dropped connections that held the most memory when all held too much.
  let evicted = Counter()
  /// Connections whose next answer is being computed elsewhere now.
  let waiting = Counter()
  /// Completed TLS handshakes.
  let handshakes = Counter()
  /// Steps of handshakes that had to wait for their turn.
  let delayedHandshakes = Counter()
  /// The counts of each command, in the order of the table; last, of requests that name none.
  let commands: [CommandStatistics]

  /// Creates zero counts for `commandCount` commands.
  init(commandCount: Int) {
    commands = (0...commandCount).map { _ in CommandStatistics() }
  }
}

/// A counter with one writer.
final class Counter: Sendable {
  private let count = Atomic(0)

  /// The current count.
  var value: Int { count.load(ordering: .relaxed) }

  /// Adds one. Called by the one writer alone, so that it needs no locked instruction.
  func increment() { add(1) }

  /// Adds `number`, which may be negative; called by the one writer alone, like ``increment()``.
  func add(_ number: Int) {
    count.store(count.load(ordering: .relaxed) &+ number, ordering: .relaxed)
  }
}
