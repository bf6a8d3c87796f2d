/// Many clients that ask for large answers and never read one; half of them stay below what the
/// daemon lets one client leave unread.
struct NeverReading: Attack {
  let name = "never-reading"
  private static let clientCount = 400

  func run(against target: Target) {
    while !target.isOver {
      var clients: [ClientSocket] = []
      while clients.count < Self.clientCount, !target.isOver {
        guard let client = target.connect(isReading: false) else { continue }
        client.resetAtEnd()
        let user = UInt32(clients.count % 20) % target.users
        let count = clients.count.isMultiple(of: 2) ? 12 : 100
        // A daemon that no longer reads lets no more be sent: what fits was the attack.
        _ = try? client.sendNow(
          Array(
            String(repeating: "RECOMMEND \(user) COUNT 1000 WITHDETAILS\n", count: count).utf8)[...]
        )
        clients.append(client)
      }
      target.pause(milliseconds: 5_000)
    }
  }
}
