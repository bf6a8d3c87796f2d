import NIOCore
import Synchronization

/// The connections of all event loops, for commands that inspect those of others.
final class ClientDirectory: Sendable {
  private let workers = Mutex<[NIOLoopBound<Worker>]>([])

  /// Adds the connections of `worker`.
  func add(_ worker: NIOLoopBound<Worker>) { workers.withLock { $0.append(worker) } }

  /// Releases all workers, which indirectly retain this directory.
  func removeAll() { workers.withLock { $0 = [] } }

  /// Calls `visit` with each connection, on its own event loop and a few at a time. Then calls `done`, on one of the
  /// loops, with the results in the order in which the connections were made.
  func visit<Result: Sendable>(
    _ visit: @escaping @Sendable (ConnectionHandler) -> Result?,
    then done: @escaping @Sendable ([Result]) -> Void
  ) {
    let workers = workers.withLock { $0 }
    guard !workers.isEmpty else { return done([]) }
    let visits = Visits<Result>(loopCount: workers.count, done)
    for worker in workers {
      worker.eventLoop.execute {
        worker.eventLoop.inPortions(
          worker.value.allConnections[...], clock: worker.value.service.clock
        ) { connection in
          if let result = visit(connection) {
            visits.add(result, of: connection.conversation.identifier)
          }
        } then: {
          visits.endLoop()
        }
      }
    }
  }

  /// What the event loops have found so far.
  private final class Visits<Result: Sendable>: Sendable {
    private struct State {
      var found: [(Int64, Result)] = []
      var missingCount: Int
    }
    private let state: Mutex<State>
    private let done: @Sendable ([Result]) -> Void

    init(loopCount: Int, _ done: @escaping @Sendable ([Result]) -> Void) {
      state = Mutex(State(missingCount: loopCount))
      self.done = done
    }

    /// Records the result for the connection with the number `identifier`.
    func add(_ result: Result, of identifier: Int64) {
      state.withLock { $0.found.append((identifier, result)) }
    }

    /// Records that an event loop has visited all its connections.
    func endLoop() {
      let all = state.withLock { state -> [(Int64, Result)]? in
        state.missingCount -= 1
        return state.missingCount == 0 ? state.found : nil
      }
      if let all { done(all.sorted { $0.0 < $1.0 }.map(\.1)) }
    }
  }
}
