extension Diagnosis {
  /// Checks whether a daemon answers by HTTP at `address`, HOST:PORT, and is ready.
  mutating func checkHTTP(at address: String) {
    guard let place = SocketProbe.place(address) else {
      note("http", .wrong, "\(address) is not an address: give HOST:PORT.")
      return
    }
    let request =
      "GET /readyz HTTP/1.1\r\nHost: \(address)\r\nUser-Agent: latent-doctor\r\nConnection: close\r\n\r\n"
    switch SocketProbe.ask(place, request, isWhole: { _ in false }) {
    case .nobody(let reason):
      note(
        "http", .absent,
        "nothing answers at \(address) (\(reason)). Start `latent serve --http \(address)`.")
    case .silence:
      note(
        "http", .wrong,
        "the server at \(address) does not answer within \(SocketProbe.patience) s. "
          + "See its log; doctor can't check an --http-tls address."
      )
    case .text(let text): note("http", text, at: address)
    }
  }

  private mutating func note(_ subject: String, _ answer: String, at address: String) {
    let parts = answer.split(separator: "\r\n\r\n", maxSplits: 1)
    let status = answer.prefixMatch(of: /HTTP\/1\.[01] (\d\d\d)/)?.1
    let reasons = parts.dropFirst().first?.split(whereSeparator: \.isNewline)
      .joined(separator: "; ")
    switch status {
    case "200": note(subject, .good, "ready at \(address)")
    case "503":
      let words = reasons.flatMap { $0.isEmpty ? nil : ": \($0)" } ?? ""
      note(subject, .wrong, "not ready at \(address)\(words). See `INFO` and the daemon's log.")
    default:
      note(
        subject, .wrong,
        "something other than latent listens at \(address): it answers "
          + "\"\(answer.shownFromStranger)\". "
          + "Say where the daemon answers by HTTP with --http.")
    }
  }
}
