import Dispatch

/// Calls `body` with parts that together make up `0 ..< count`, at most `threadCount` at a time and
/// on as many threads, and returns when all are done. With one thread it is a plain call.
func forEachPart(
  of count: Int, _ threadCount: Int, _ body: @Sendable (Range<Int>) -> Void
) {
  guard threadCount > 1 else { return body(0..<count) }
  DispatchQueue.concurrentPerform(iterations: threadCount) { part in
    body(part * count / threadCount..<(part + 1) * count / threadCount)
  }
}
