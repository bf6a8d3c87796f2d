import DequeModule

/// How one comes to wait for a turn.
package enum TurnKind: Sendable {
  /// It has asked for little so far (see ``WorkCredit``).
  case light
  /// It has asked for much, or its last turn ended before all was done.
  case heavy
}

/// Who of several is next, after FQ-CoDel (RFC 8290, section 4.2): those who ask for little go before
/// those who ask for much, and each of these has its turn.
package struct TurnQueue<Element> {
  private var light: Deque<Element> = []
  private var heavy: Deque<Element> = []
  private var lightSinceHeavy = 0
  /// Light ones that go before a heavy one at the most, so that many of them don't starve it.
  private static var lightLimit: Int { 64 }

  /// A queue in which nobody waits.
  package init() {}

  /// Whether nobody waits.
  package var isEmpty: Bool { light.isEmpty && heavy.isEmpty }

  /// How many wait.
  package var count: Int { light.count + heavy.count }

  /// Has `element`, which does not wait yet, wait for its turn.
  package mutating func add(_ element: Element, _ kind: TurnKind) {
    switch kind {
    case .light: light.append(element)
    case .heavy: heavy.append(element)
    }
  }

  /// Takes out who is next; nil when nobody waits. O(1).
  package mutating func next() -> Element? {
    if lightSinceHeavy < Self.lightLimit || heavy.isEmpty, let next = light.popFirst() {
      lightSinceHeavy = heavy.isEmpty ? 0 : lightSinceHeavy + 1
      return next
    }
    lightSinceHeavy = 0
    return heavy.popFirst()
  }
}
