/// Whether a client has asked for the server's end.
final class ShutdownRequest: Sendable {
  private let requests: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation

  init() {
    (requests, continuation) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
  }

  /// Asks for it.
  func request() { continuation.yield() }

  /// Returns once it was asked for, or the task is cancelled. To be waited for by one task.
  func wait() async {
    for await _ in requests { return }
  }
}
