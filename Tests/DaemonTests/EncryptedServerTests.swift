import Daemon
import Errors
import Foundation
import Logging
import TestEnvironment
import Testing

/// A TLS port as seen by clients: OpenSSL's, by way of Python, and clients that do not speak TLS.
struct EncryptedServerTests {
  /// Runs `body` with a server that has a TLS port besides the others, then stops the server.
  static func run(
    clients: CertificateFiles.Clients = .no, limits: ServerLimits = ServerLimits(),
    access: ((TemporaryFolder, Logger) throws -> Access)? = nil,
    _ body: (TestServer, Int, TestCertificates) async throws -> Void
  ) async throws {
    let folder = try TemporaryFolder()
    let certificates = try TestCertificates(in: folder)
    try certificates.sign("server")
    func certificate(_: TemporaryFolder) throws -> ServedCertificate {
      try ServedCertificate(
        CertificateFiles(
          certificate: certificates.certificate("server"), key: certificates.key("server"),
          authorities: certificates.authority, clients: clients))
    }
    try await TestServer.run(
      asking: ServedModels(try TestServer.served(Catalogue.contents())), access: access,
      certificate: certificate, limits: limits
    ) { running in
      guard case .tls(_, let port) = running.server.addresses[2] else {
        Issue.record("there is no port for TLS")
        return
      }
      try await body(running, port, certificates)
    }
  }

  /// Returns what a Python client received from the server in answer to `requests`.
  static func ask(
    _ requests: String, end: String, port: Int, _ certificates: TestCertificates,
    as client: String? = nil
  ) async throws -> Program.Result {
    try await onThread {
      let folder = try TemporaryFolder()
      let own = client.map { [certificates.certificate($0), certificates.key($0)] } ?? []
      return try Program(path: "/usr/bin/python3", in: folder.path).run(
        [
          ProjectFolder.fixture("clients/tls_client.py"), "\(port)", certificates.authority, end,
          try folder.write(requests, to: "requests"),
        ] + own)
    }
  }

  @Test(arguments: ["farewell", "cut"])
  func answersAllThatWasSentBeforeTheClientClosedItsSide(_ end: String) async throws {
    try await Self.run { _, port, certificates in
      let requests = String(repeating: "RECOMMEND 1 COUNT 2\n", count: 5000) + "PI"
      let result = try await Self.ask(requests, end: end, port: port, certificates)
      let lines = result.output.split(separator: "\n")
      #expect(lines.count == 5001, "\(result.errors)")
      #expect(lines.dropLast().allSatisfy { $0.hasPrefix(#"{"user":1,"#) })
      #expect(lines.last?.contains("BAD_FRAME") == true)
      #expect(result.errors.hasPrefix("version TLSv1.3\n"))
      // A client that said farewell first does not need the server's.
      if end == "cut" { #expect(result.errors.hasSuffix("\nfarewell\n"), "\(result.errors)") }
    }
  }

  /// Returns curl's answer from the HTTPS port; curl trusts only the authority.
  private static func curl(
    _ running: TestServer, _ certificates: TestCertificates, _ paths: [String],
    _ options: [String] = []
  ) async throws -> Program.Result {
    guard case .tls(_, let port) = running.server.httpAddresses[1] else {
      Issue.record("there is no port for HTTPS")
      throw CancellationError()
    }
    return try await onThread {
      try Program(path: "/usr/bin/curl", in: "/").run(
        ["-sS", "--cacert", certificates.authority] + options
          + paths.map { "https://127.0.0.1:\(port)\($0)" })
    }
  }

  @Test func answersByHTTPS() async throws {
    try await Self.run { running, _, certificates in
      let both = try await Self.curl(
        running, certificates, ["/healthz", "/api/recommend?user=1&count=1"])
      #expect(both.output.contains("ok") && both.output.contains(#""item":10,"#), "\(both)")
      let metrics = try await Self.curl(running, certificates, ["/metrics"])
      #expect(metrics.output.contains("\nlatent_tls_handshakes_total 2\n"), "\(metrics)")
      #expect(metrics.output.contains("\nlatent_tls_handshakes_failed_total 0\n"))
      #expect(metrics.output.contains("\nlatent_tls_certificate_expiry_timestamp_seconds 1"))
      // That port does not speak plain HTTP, and sends nothing.
      let plain = try await running.talk(over: running.server.httpAddresses[1]) { client in
        try? client.send("GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        return String(decoding: (try? client.receiveAll()) ?? [], as: UTF8.self)
      }
      #expect(!plain.contains("HTTP/1.1"))
      let information = try await running.talk { try $0.ask("INFO access\n") }
      #expect(
        information.contains(#""handshakes":2,"#)
          && information.contains(#""failed_handshakes":1"#), "\(information)")
    }
  }

  @Test func httpsAsksForPasswordsAndCertificates() async throws {
    try await Self.run(access: TestUsers.access) { running, _, certificates in
      let status = ["-o", "/dev/null", "-w", "%{http_code}"]
      let (nobody, known) = (
        try await Self.curl(running, certificates, ["/metrics"], status),
        try await Self.curl(
          running, certificates, ["/metrics"], ["-u", "reader:open sesame"] + status)
      )
      #expect(nobody.output == "401" && known.output == "200", "\(nobody) \(known)")
    }
    try await Self.run(clients: .yes) { running, _, certificates in
      try certificates.sign("client")
      let own = ["--cert", certificates.certificate("client"), "--key", certificates.key("client")]
      let without = try await Self.curl(running, certificates, ["/healthz"])
      let with = try await Self.curl(running, certificates, ["/healthz"], own)
      #expect(without.exitCode != 0 && with.output.contains("ok"), "\(without) \(with)")
    }
  }

  /// Many simultaneous handshakes all succeed. HandshakeTurnTests tests that they take turns.
  @Test func aFloodOfHandshakesIsServedWhileOthersAreAnswered() async throws {
    var limits = ServerLimits()
    limits.handshakeTime = .seconds(120)
    try await Self.run(limits: limits) { running, port, certificates in
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<8 {
          group.addTask {
            let result = try await Self.ask(
              "PING\n", end: "farewell", port: port, certificates)
            #expect(result.output == "\"PONG\"\n", "\(result)")
          }
        }
        group.addTask {
          for _ in 0..<200 {
            let answer = try await running.talk { try $0.ask("RECOMMEND 1 COUNT 1\n") }
            #expect(answer.contains(#""item":10,"#))
          }
        }
        try await group.waitForAll()
      }
      let information = try await running.talk { try $0.ask("INFO access\n") }
      #expect(information.contains(#""handshakes":8,"#), "\(information)")
    }
  }

  @Test func quitEndsWithAFarewell() async throws {
    try await Self.run { _, port, certificates in
      let result = try await Self.ask("PING\nQUIT\n", end: "nothing", port: port, certificates)
      #expect(result.output == "\"PONG\"\n\"OK\"\n")
      #expect(result.errors == "version TLSv1.3\nfarewell\n")
    }
  }

  @Test func speaksNothingOlderThanTLS12() async throws {
    try await Self.run { running, port, certificates in
      try await onThread {
        let good = try certificates.show(port: port, ["-tls1_2"])
        #expect(good.output.contains("Protocol  : TLSv1.2") && good.output.contains("\"OK\""))
        let old = try certificates.show(port: port, ["-tls1_1", "-cipher", "ALL:@SECLEVEL=0"])
        #expect(old.exitCode != 0 && !old.output.contains("\"OK\""))
      }
      #expect(running.log.all.contains { $0.contains("no TLS handshake with 127.0.0.1: ") })
    }
  }

  @Test(arguments: [
    (CertificateFiles.Clients.yes, false, true, false), (.optional, true, true, false),
    (.no, true, true, true),
  ])
  func clientsShowACertificateAsTheyHaveTo(
    _ clients: CertificateFiles.Clients, _ admitsNone: Bool, _ admitsGood: Bool, _ admitsBad: Bool
  ) async throws {
    let others = try TemporaryFolder()
    let stranger = try TestCertificates(in: others)
    try stranger.sign("stranger")
    try await Self.run(clients: clients) { _, port, certificates in
      try certificates.sign("client")
      let cases = [
        ([], admitsNone),
        (
          ["-cert", certificates.certificate("client"), "-key", certificates.key("client")],
          admitsGood
        ),
        (["-cert", stranger.certificate("stranger"), "-key", stranger.key("stranger")], admitsBad),
      ]
      for (arguments, isAdmitted) in cases {
        let result = try await onThread { try certificates.show(port: port, arguments) }
        #expect(result.output.contains("\"OK\"") == isAdmitted, "\(arguments) \(result.errors)")
      }
    }
  }

  /// Input that is not TLS is logged; the connection neither waits nor hangs.
  @Test(arguments: [
    "PING\n", "*1\r\n$4\r\nPING\r\n", "GET / HTTP/1.1\r\n\r\n",
    String(repeating: "\0", count: 9999),
    "\u{16}\u{03}\u{01}\u{7F}\u{7F}" + String(repeating: "x", count: 40_000),
  ])
  func plainTextIsCut(_ text: String) async throws {
    try await Self.run { running, port, certificates in
      let answer = try await running.talk(over: running.server.addresses[2]) { client in
        // The server may close the connection before all is sent.
        try? client.send(text)
        return String(decoding: (try? client.receiveAll()) ?? [], as: UTF8.self)
      }
      #expect(!answer.contains("PONG"))
      #expect(running.log.all.contains { $0.contains("no TLS handshake with 127.0.0.1: ") })
      let result = try await Self.ask("PING\n", end: "farewell", port: port, certificates)
      #expect(result.output == "\"PONG\"\n")
      let information = try await running.talk { try $0.ask("INFO access\n") }
      #expect(information.contains(#""failed_handshakes":1"#), "\(information)")
    }
  }

  @Test func whoDoesNotBeginIsCut() async throws {
    var limits = ServerLimits()
    limits.handshakeTime = .milliseconds(50)
    try await Self.run(limits: limits) { running, _, _ in
      for beginning in ["", "\u{16}\u{03}\u{01}"] {
        let answer = try await running.talk(over: running.server.addresses[2]) { client in
          try client.send(beginning)
          return try client.receiveAll()
        }
        #expect(answer.isEmpty)
      }
      #expect(running.log.all.contains { $0.contains("it was not completed in time") })
    }
  }

  /// Neither a started handshake nor a silent connection delays a stop.
  @Test func aStopAnswersWhatIsInFlightAndWaitsForNoHandshake() async throws {
    var limits = StoppingTests.patientLimits
    limits.drainTime = .seconds(60)
    try await Self.run(limits: limits) { running, port, certificates in
      let silent = try running.connect(over: running.server.addresses[2])
      let half = try running.connect(over: running.server.addresses[2])
      try half.send("\u{16}\u{03}\u{01}")
      async let answered = Self.ask(
        String(repeating: "PREDICT 1 20\n", count: 5000), end: "nothing", port: port, certificates)
      while try await running.count("cache_hits") < 500 {}
      try await running.server.stop()
      let result = try await answered
      let lines = result.output.split(separator: "\n")
      #expect(lines.count == 5000 && lines.allSatisfy { $0.hasPrefix(#"{"user":1,"#) })
      #expect(result.errors.hasSuffix("farewell\n"), "\(result.errors)")
      try await onThread {
        #expect((try? silent.receiveAll()) ?? [] == [])
        #expect((try? half.receiveAll()) ?? [] == [])
      }
    }
  }

  @Test func newConnectionsGetTheNewCertificateAndABadOneChangesNothing() async throws {
    let folder = try TemporaryFolder()
    let certificates = try TestCertificates(in: folder)
    try certificates.sign("server")
    let served = try ServedCertificate(
      CertificateFiles(
        certificate: certificates.certificate("server"), key: certificates.key("server"),
        authorities: nil, clients: .no))
    let first = served.context
    // A key of another certificate, a file that holds none, and no file at all.
    let good = try String(contentsOfFile: certificates.certificate("server"), encoding: .utf8)
    try certificates.sign("other")
    let bad = try String(contentsOfFile: certificates.certificate("other"), encoding: .utf8)
    for text in [bad, "nothing", nil] {
      if let text {
        try folder.write(text, to: "server.pem")
      } else {
        try FileManager.default.removeItem(atPath: certificates.certificate("server"))
      }
      let error = #expect(throws: AccessError.self) { try served.reload() }
      #expect(error?.place == certificates.certificate("server"))
      #expect(served.context === first)
    }
    try folder.write(good, to: "server.pem")
    try served.reload()
    #expect(served.context !== first)
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o644], ofItemAtPath: certificates.key("server"))
    let error = #expect(throws: AccessError.self) { try served.reload() }
    #expect(error?.code == .exposed && error?.place == certificates.key("server"))
  }
}
