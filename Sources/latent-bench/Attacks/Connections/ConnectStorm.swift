/// Connections that come and go, up to 500 a second, each at another moment of its life.
struct ConnectStorm: Attack {
  let name = "connect-storm"

  func run(against target: Target) {
    var number = 0
    while !target.isOver {
      number += 1
      if let connection = target.connect() {
        // All but a few are reset, lest the system run out of ports.
        if number % 64 != 0 { connection.resetAtEnd() }
        switch number % 4 {
        case 0: break
        case 1: try? connection.send("RECOMMEND 1 COUNT 100\n")
        case 2: try? connection.send("*2\r\n$4\r\nECHO\r\n$100\r\nhalf")
        default:
          try? connection.send("PING\n")
          _ = try? connection.receiveLine()
        }
      }
      target.pause(milliseconds: 2)
    }
  }
}
