import TensorCore

/// Well-behaved clients, all connected at once. Each sends one request; most then stay idle.
struct ManyClients: Attack {
  let name: String
  let clientCount: Int
  /// Whether they keep asking in turn, one client per millisecond.
  let isAsking: Bool

  func run(against target: Target) {
    let clients = target.connect(clientCount) { client, _ in
      _ = try? client.send("PING\n")
      _ = try? client.receiveLine()
    }
    var random = RandomStream(seed: 8, stream: 4)
    while !target.isOver {
      guard isAsking else {
        target.pause(milliseconds: 1_000)
        continue
      }
      for client in clients where !target.isOver {
        do {
          try client.send(
            "PREDICT \(random.next(below: target.users)) \(random.next(below: target.items))\n")
          _ = try client.receiveLine()
        } catch {
          target.record("an active client got no answer: \(error)")
        }
        target.pause(milliseconds: 1)
      }
    }
  }
}
