import NIOCore
import Synchronization

/// The connections of all event loops, for commands that look at those of others.
final class ClientDirectory: Sendable {
  private let workers = Mutex<[NIOLoopBound<Worker>]>([])

  /// Adds the connections of a worker.
  func add(_ worker: NIOLoopBound<Worker>) { workers.withLock { $0.append(worker) } }

  /// Lets go of all workers, which hold what holds this.
  func removeAll() { workers.withLock { $0 = [] } }

  /// Calls `visit` with each connection, on its own event loop and a few at a time, and then `done`, on one of them, with what
  /// it returned, in the order in which they were made.
  func visit<Result: Sendable>(
    _ visit: @escaping @Sendable (ConnectionHandler) -> Result?,
    then done: @escaping @Sendable ([Result]) -> Void
  ) {
    let workers = workers.withLock { $0 }
    guard !workers.isEmpty else { return done([]) }
    let visits = Visits<Result>(loopCount: workers.count, done)
    for worker in workers {
      worker.eventLoop.execute {
        let connections = worker.value.allConnections
        Self.visit(connections[...], of: worker, visit, [], visits)
      }
    }
  }

  /// Connections that are looked at before others of the event loop have their turn.
  private static let share = 64

  private static func visit<Result: Sendable>(
    _ connections: ArraySlice<ConnectionHandler>, of worker: NIOLoopBound<Worker>,
    _ visit: @escaping @Sendable (ConnectionHandler) -> Result?,
    _ found: [(Int64, Result)], _ visits: Visits<Result>
  ) {
    var found = found
    for connection in connections.prefix(share) {
      if let result = visit(connection) {
        found.append((connection.conversation.identifier, result))
      }
    }
    let rest = connections.dropFirst(share)
    guard !rest.isEmpty else { return visits.end(found) }
    let isolated = worker.eventLoop.assumeIsolated()
    // Behind what others have sent meanwhile.
    isolated.scheduleTask(in: .microseconds(20)) {
      Self.visit(rest, of: worker, visit, found, visits)
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

    func end(_ found: [(Int64, Result)]) {
      let all = state.withLock { state -> [(Int64, Result)]? in
        state.found += found
        state.missingCount -= 1
        return state.missingCount == 0 ? state.found : nil
      }
      if let all { done(all.sorted { $0.0 < $1.0 }.map(\.1)) }
    }
  }
}
