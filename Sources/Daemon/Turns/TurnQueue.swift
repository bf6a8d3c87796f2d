import DequeModule

/// Who of an event loop's connections is next, after FQ-CoDel (RFC 8290, section 4.2): connections
/// with a request or two go before those that have used up a turn, and these take turns.
package struct TurnQueue<Connection> {
  /// How a connection came to wait.
  package enum Kind {
    /// Something has come for it.
    case arrival
    /// Its last turn ended before all was answered.
    case backlog
  }

  private var arrivals: Deque<Connection> = []
  private var backlogs: Deque<Connection> = []
  private var arrivalsSinceBacklog = 0
  /// Arrivals that go before a backlog at the most, so that many of them don't starve it.
  private static var arrivalLimit: Int { 64 }

  /// A queue in which nobody waits.
  package init() {}

  /// Whether nobody waits.
  package var isEmpty: Bool { arrivals.isEmpty && backlogs.isEmpty }

  /// Has `connection`, which does not wait yet, wait for its turn.
  package mutating func add(_ connection: Connection, _ kind: Kind) {
    switch kind {
    case .arrival: arrivals.append(connection)
    case .backlog: backlogs.append(connection)
    }
  }

  /// Takes out who is next; nil when nobody waits. O(1).
  package mutating func next() -> Connection? {
    if arrivalsSinceBacklog < Self.arrivalLimit || backlogs.isEmpty,
      let arrival = arrivals.popFirst()
    {
      arrivalsSinceBacklog = backlogs.isEmpty ? 0 : arrivalsSinceBacklog + 1
      return arrival
    }
    arrivalsSinceBacklog = 0
    return backlogs.popFirst()
  }
}
