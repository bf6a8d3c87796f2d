import DequeModule

/// The priority of an element that waits for a turn.
package enum TurnKind: Sendable {
  /// Has asked for little so far (see ``WorkCredit``).
  case light
  /// Has asked for much, or its last turn ended before everything was done.
  case heavy
}

/// A fair queue, after FQ-CoDel (RFC 8290, section 4.2): elements that ask for little go before those that ask for
/// much, and each kind is served in order.
package struct TurnQueue<Element> {
  private var light: Deque<Element> = []
  private var heavy: Deque<Element> = []
  private var lightSinceHeavy = 0
  /// The maximum number of light elements that go before a heavy one, so that many of them don't starve it.
  private static var lightLimit: Int { 64 }

  /// Creates an empty queue.
  package init() {}

  /// Whether the queue is empty.
  package var isEmpty: Bool { light.isEmpty && heavy.isEmpty }

  /// The number of elements.
  package var count: Int { light.count + heavy.count }

  /// Enqueues `element`, which must not be queued yet.
  package mutating func add(_ element: Element, _ kind: TurnKind) {
    switch kind {
    case .light: light.append(element)
    case .heavy: heavy.append(element)
    }
  }

  /// Removes and returns the next element; `nil` if the queue is empty. O(1).
  package mutating func next() -> Element? {
    if lightSinceHeavy < Self.lightLimit || heavy.isEmpty, let next = light.popFirst() {
      lightSinceHeavy = heavy.isEmpty ? 0 : lightSinceHeavy + 1
      return next
    }
    lightSinceHeavy = 0
    return heavy.popFirst()
  }
}
