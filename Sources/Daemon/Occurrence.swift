/// An event that happens at most once, and that one task waits for.
final class Occurrence: Sendable {
  private let occurrences: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation

  init() {
    (occurrences, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Makes it happen; further calls change nothing.
  func happen() { continuation.yield() }

  /// Returns once it has happened, or the task is cancelled. Only one task may wait.
  func wait() async {
    for await _ in occurrences { return }
  }
}
