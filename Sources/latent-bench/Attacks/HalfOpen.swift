/// Clients that send part of a request or of a TLS handshake and then go silent. Half of them use TLS if the daemon has
/// it.
struct HalfOpen: Attack {
  let name = "half-open"
  let clientCount: Int

  /// The incomplete requests.
  private static let beginnings = [
    "PREDICT 1 ", "*", "*3\r\n$7\r\nPREDICT\r\n$1\r\n", "*2\r\n$4\r\nECHO\r\n$60000\r\nhalf",
    "MULTI\nPREDICT 1 1",
  ]
  /// A TLS 1.3 ClientHello, truncated within the random number.
  private static let clientHello: [UInt8] = [
    0x16, 0x03, 0x01, 0x02, 0x00, 0x01, 0x00, 0x01, 0xFC, 0x03, 0x03, 0x5A, 0x5A, 0x5A,
  ]

  func run(against target: Target) {
    let encryptedCount = target.tlsPort == nil ? 0 : clientCount / 2
    while !target.isOver {
      let plain = target.connect(clientCount - encryptedCount) { client, number in
        try? client.send(Self.beginnings[number % Self.beginnings.count])
      }
      let encrypted = target.connect(encryptedCount, to: .tls) { client, _ in
        try? client.send(Self.clientHello)
      }
      // Longer than a handshake may take.
      withExtendedLifetime((plain, encrypted)) { target.pause(milliseconds: 12_000) }
    }
  }
}
