/// Clients that queue commands after MULTI and go without EXEC, or stay without it.
struct AbandonedTransactions: Attack {
  let name = "abandoned-transactions"
  private static let clientCount = 30
  private static let requests =
    "MULTI\n" + String(repeating: "RECOMMEND 1 COUNT 1000 WITHDETAILS\n", count: 200)

  func run(against target: Target) {
    while !target.isOver {
      var clients: [ClientSocket] = []
      while clients.count < Self.clientCount, !target.isOver {
        guard let client = target.connect() else { continue }
        client.resetAtEnd()
        _ = try? client.sendNow(Array(Self.requests.utf8)[...])
        if clients.count.isMultiple(of: 3) { client.finishSending() }
        clients.append(client)
      }
      target.pause(milliseconds: 500)
    }
  }
}
