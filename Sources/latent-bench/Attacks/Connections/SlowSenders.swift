/// Clients that send their requests a byte at a time, a tenth of a second apart.
struct SlowSenders: Attack {
  let name = "slow-senders"
  private static let clientCount = 50
  private static let request = Array("*3\r\n$7\r\nPREDICT\r\n$1\r\n1\r\n$1\r\n1\r\nPING  \n".utf8)

  func run(against target: Target) {
    var clients = [ClientSocket?](repeating: nil, count: Self.clientCount)
    var tick = 0
    while !target.isOver {
      for index in clients.indices {
        do {
          if let client = clients[index] {
            try client.send([Self.request[tick % Self.request.count]])
            try client.discardNow()
          } else {
            // Begins with the request's start, and another client's start is another time.
            guard (tick + index) % Self.request.count == 0 else { continue }
            clients[index] = target.connect()
            clients[index]?.resetAtEnd()
          }
        } catch {
          clients[index] = nil
        }
      }
      tick += 1
      target.pause(milliseconds: 100)
    }
  }
}
