/// Many clients that ask for large answers and never read one; two thirds of them stay below what
/// the daemon lets one client leave unread.
struct NeverReading: Attack {
  let name = "never-reading"
  private static let clientCount = 400
  private static let echo = "ECHO " + String(repeating: "x", count: 60_000) + "\n"

  func run(against target: Target) {
    while !target.isOver {
      var clients: [ClientSocket] = []
      while clients.count < Self.clientCount, !target.isOver {
        guard let client = target.connect(isReading: false) else { continue }
        client.resetAtEnd()
        let user = UInt32(clients.count % 20) % target.users
        let recommend = "RECOMMEND \(user) COUNT 1000 WITHDETAILS\n"
        let requests =
          switch clients.count % 3 {
          case 0: String(repeating: recommend, count: 12)
          case 1: String(repeating: recommend, count: 100)
          default: String(repeating: Self.echo, count: 16)
          }
        // A daemon that no longer reads lets no more be sent: what fits was the attack.
        _ = try? client.sendNow(Array(requests.utf8)[...])
        clients.append(client)
      }
      target.pause(milliseconds: 5_000)
    }
  }
}
