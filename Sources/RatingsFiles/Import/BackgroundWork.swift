import Dispatch
import Synchronization

/// A value computed on another thread while its requester continues.
final class BackgroundValue<Value: Sendable>: Sendable {
  private let made = Mutex<Value?>(nil)
  private let isMade = DispatchSemaphore(value: 0)

  /// Starts computing the value with `body`.
  init(_ body: @escaping @Sendable () -> Value) {
    DispatchQueue.global().async {
      let value = body()
      self.made.withLock { $0 = value }
      self.isMade.signal()
    }
  }

  /// Waits for the value and returns it. Must be called at most once.
  func take() -> Value {
    isMade.wait()
    guard let value = made.withLock({ $0.take() }) else { preconditionFailure("it was taken") }
    return value
  }
}

/// A bounded queue between a producer thread and a consumer. Neither gets ahead of the other by more than its
/// capacity.
final class BoundedQueue<Element: Sendable>: Sendable {
  private enum Entry: Sendable {
    case element(Element)
    case end((any Error)?)
  }

  private struct Contents {
    var entries: [Entry] = []
    /// Whether the consumer has stopped taking elements.
    var isAbandoned = false
  }

  private let contents = Mutex(Contents())
  private let room = DispatchSemaphore(value: 0)
  private let filled = DispatchSemaphore(value: 0)
  private let isOver = DispatchSemaphore(value: 0)

  private init(capacity: Int) {
    // Signalled one by one: a semaphore must not be freed with a lower value than it was created with.
    for _ in 0..<capacity { room.signal() }
  }

  /// Runs `make` on another thread, which produces elements, while `take` consumes them on this one, in
  /// order. Throws what either throws. Both have finished when this returns.
  static func run(
    capacity: Int, make: @escaping @Sendable ((Element) throws -> Void) throws -> Void,
    take: (Element) throws -> Void
  ) throws {
    let queue = BoundedQueue(capacity: capacity)
    DispatchQueue.global().async {
      var failure: (any Error)?
      do { try make(queue.put) } catch { failure = error }
      queue.contents.withLock { $0.entries.append(.end(failure)) }
      queue.filled.signal()
      queue.isOver.signal()
    }
    defer {
      queue.contents.withLock { $0.isAbandoned = true }
      queue.room.signal()
      queue.isOver.wait()
    }
    while true {
      queue.filled.wait()
      switch queue.contents.withLock({ $0.entries.removeFirst() }) {
      case .element(let element):
        queue.room.signal()
        try take(element)
      case .end(let failure):
        if let failure { throw failure }
        return
      }
    }
  }

  /// Waits for room and adds an element. Throws if it would never be taken.
  private func put(_ element: Element) throws {
    room.wait()
    try contents.withLock { contents in
      guard !contents.isAbandoned else { throw CancellationError() }
      contents.entries.append(.element(element))
    }
    filled.signal()
  }
}
