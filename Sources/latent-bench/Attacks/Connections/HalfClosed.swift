/// Clients that close their writing side within a request: what they sent in full is answered, what
/// is cut off is refused, then the daemon closes.
struct HalfClosed: Attack {
  let name = "half-closed"
  private static let requestCount = 20

  func run(against target: Target) {
    while !target.isOver {
      guard let connection = target.connect() else { continue }
      let requests = String(repeating: "PREDICT 1 1\n", count: Self.requestCount)
      var replies: [String] = []
      do {
        try connection.send(requests + "PREDICT 1")
        connection.finishSending()
        while true { replies.append(String(decoding: try connection.receiveLine(), as: UTF8.self)) }
      } catch let failure as SocketFailure {
        check(replies, failure, target)
      } catch {}
      connection.resetAtEnd()
      target.pause(milliseconds: 20)
    }
  }

  private func check(_ replies: [String], _ failure: SocketFailure, _ target: Target) {
    // Too busy to answer within a second, or too many connections to be let in, is no fault.
    guard !failure.isTimeout, replies.first?.hasPrefix("-TOO_MANY_CONNECTIONS") != true else {
      return
    }
    let isWhole =
      replies.count == Self.requestCount + 1
      && replies.dropLast().allSatisfy { $0.contains("\"prediction\":") }
      && replies.last?.contains("BAD_FRAME") == true
    if !isWhole, !replies.isEmpty {
      target.record(
        "a client that closed its writing side got \(replies.count) replies of "
          + "\(Self.requestCount + 1), the last \(replies.last?.prefix(80) ?? "")")
    }
  }
}
