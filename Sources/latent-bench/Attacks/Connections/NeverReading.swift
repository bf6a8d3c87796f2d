/// Many clients that ask for large answers and never read one; half of them stay below what the
/// daemon lets one client leave unread.
struct NeverReading: Attack {
  let name = "never-reading"
  private static let clientCount = 400
  /// Answers of some 46 KB. The system holds 2.6 MB of them for a connection of the loopback
  /// interface, however little the client takes; the rest is the daemon's to keep.
  private static let request = "RECOMMEND 1 COUNT 1000 WITHDETAILS\n"
  private static let requestCounts = (few: 70, many: 200)

  func run(against target: Target) {
    let few = Array(String(repeating: Self.request, count: Self.requestCounts.few).utf8)
    let many = Array(String(repeating: Self.request, count: Self.requestCounts.many).utf8)
    while !target.isOver {
      var clients: [ClientSocket] = []
      while clients.count < Self.clientCount, !target.isOver {
        guard let client = target.connect(isReading: false) else { continue }
        client.resetAtEnd()
        // A daemon that no longer reads lets no more be sent: what fits was the attack.
        _ = try? client.sendNow((clients.count.isMultiple(of: 2) ? few : many)[...])
        clients.append(client)
      }
      target.pause(milliseconds: 5_000)
    }
  }
}
