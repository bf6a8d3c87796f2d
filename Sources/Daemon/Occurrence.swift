/// Something that happens once, if at all, and that one task waits for.
final class Occurrence: Sendable {
  private let occurrences: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation

  init() {
    (occurrences, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Has it happen; to call it again changes nothing.
  func happen() { continuation.yield() }

  /// Returns once it has happened, or the task is cancelled. To be waited for by one task.
  func wait() async {
    for await _ in occurrences { return }
  }
}
