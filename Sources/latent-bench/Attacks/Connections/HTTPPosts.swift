/// What a web page can send: requests of HTTP whose body holds commands, which must not be carried
/// out.
struct HTTPPosts: Attack {
  let name = "http-posts"
  private static let body = "ECHO carried-out\r\nINFO\r\nECHO carried-out\r\n"

  func run(against target: Target) {
    var number = 0
    while !target.isOver {
      number += 1
      let method = ["POST", "GET", "PUT", "OPTIONS"][number % 4]
      let request =
        "\(method) / HTTP/1.1\r\nHost: 127.0.0.1:\(target.port)\r\n"
        + "Content-Length: \(Self.body.utf8.count)\r\n\r\n" + Self.body
      guard let connection = target.connect() else { continue }
      if (try? connection.send(request)) != nil {
        connection.finishSending()
        while let line = try? connection.receiveLine() {
          if String(decoding: line, as: UTF8.self).hasPrefix("\"carried-out") {
            target.record("the body of an HTTP request was carried out")
          }
        }
      }
      connection.resetAtEnd()
      target.pause(milliseconds: 20)
    }
  }
}
