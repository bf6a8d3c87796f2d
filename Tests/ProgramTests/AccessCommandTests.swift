import Foundation
import TestEnvironment
import Testing

/// Tests of `latent passwd`, and of `latent serve` with users and TLS, as administrators and Redis clients see them.
struct AccessCommandTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    try ServeCommandTests(in: folder).publish(mean: 3)
  }

  @discardableResult
  func passwd(_ arguments: String..., password: String) throws -> Program.Result {
    try Program(in: folder.path).run(["passwd", "users"] + arguments, input: password + "\n")
  }

  func addUsers() throws {
    for (user, role, password) in [
      ("reader", "read", "open sesame"), ("writer", "write", "let me write"),
      ("default", "read", "the usual one"),
    ] {
      #expect(try passwd(user, "--role", role, password: password).exitCode == 0)
    }
  }

  /// Starts a daemon on free ports, and returns it with the ports in the order of `arguments`.
  func serve(_ arguments: [String], ports count: Int) throws -> (RunningProgram, [Int]) {
    let running = try Program(in: folder.path).start(["serve"] + arguments)
    var lines: [Substring] = []
    // The lines arrive one by one.
    while lines.count < count, running.isRunning {
      running.waitForOutput("listening on")
      lines = running.outputSoFar.split(separator: "\n")
    }
    let ports = lines.compactMap { line in
      line.split(separator: ":").last?.split(separator: " ").first.flatMap { Int($0) }
    }
    try #require(ports.count == count, "\(running.outputSoFar)")
    return (running, ports)
  }

  func ask(_ port: Int, _ request: String) throws -> String {
    try SocketClient(port: port).ask(request)
  }

  @Test func passwdKeepsTheHashAloneAndTheRole() throws {
    let added = try passwd("app", "--role", "write", password: "correct horse")
    #expect(added.exitCode == 0 && added.output == "added app, with the role write\n")
    let path = folder.path("users")
    let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    let text = try String(contentsOfFile: path, encoding: .utf8)
    #expect(text.contains("\napp:write:$scrypt$ln=15,r=8,p=3$") && !text.contains("horse"))
    #expect(
      try passwd("app", password: "battery staple").output == "changed app, with the role write\n")
    #expect(
      try passwd("app", "--role", "read", password: "battery staple").output
        == "changed app, with the role read\n")
    #expect(try passwd("app", "--remove", password: "").output == "removed app from users\n")
    #expect(try passwd("app", "--remove", password: "").exitCode == 1)
  }

  @Test(arguments: [
    (["app"], "short", Int32(1), "fewer than 8 bytes"), (["app"], "", 1, "fewer than 8 bytes"),
    (["app"], String(repeating: "x", count: 5000), 1, "more than 1024 bytes"),
    (["a b"], "long enough", 64, "not a valid user name"),
    (["app", "--role", "root"], "long enough", 64, "read, write, admin"),
    (["app", "--remove", "--role", "read"], "long enough", 64, "leave --role out"),
  ])
  func passwdRefuses(
    _ arguments: [String], _ password: String, _ code: Int32, _ words: String
  ) throws {
    let result = try Program(in: folder.path).run(
      ["passwd", "users"] + arguments, input: password + "\n")
    #expect(result.exitCode == code && result.errors.contains(words), "\(result.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder.path("users")))
  }

  /// After the program is suspended or ended, the terminal echoes input again.
  @Test(arguments: ["stop", "interrupt", "quit", "end", "hangup"])
  func aTerminalIsLeftAsItWas(_ way: String) throws {
    let latent = Program(in: folder.path).path
    let script = ProjectFolder.fixture("clients/stopped_password.py")
    let result = try Program(path: "/usr/bin/python3", in: folder.path).run([script, latent, way])
    #expect(result.exitCode == 0 && result.output == "as it was\n", "\(result)")
  }

  /// The password is typed twice, unseen, at a terminal provided by Python.
  @Test func passwdAsksAtATerminalAndShowsNothing() throws {
    let latent = Program(in: folder.path).path
    let script = ProjectFolder.fixture("clients/typed_password.py")
    for (again, code, words) in [
      ("correct house", Int32(1), "the two passwords differ"), ("correct horse", 0, "added app"),
    ] {
      let result = try Program(path: "/usr/bin/python3", in: folder.path).run(
        [script, latent, again])
      #expect(result.exitCode == code && result.output.contains(words), "\(result)")
      #expect(!result.output.contains("horse") && !result.output.contains("house"))
    }
  }

  @Test(arguments: [
    (["--listen", "0.0.0.0:0"], "0.0.0.0:0"), (["--listen", "[::]:0"], "[::]:0"),
    (["--listen", "127.0.0.1:0", "--listen", "0.0.0.0:0"], "0.0.0.0:0"),
  ])
  func listensBeyondThisMachineForNobodyUnlessToldTo(_ arguments: [String], _ place: String) throws
  {
    let result = try Program(in: folder.path).run(["serve"] + arguments)
    #expect(result.exitCode == 64 && result.output.isEmpty)
    #expect(
      result.errors.contains(
        "error: \(place): other machines can reach it without authentication."))
    #expect(result.errors.contains("--users FILE") && result.errors.contains("--insecure"))
    let (running, _) = try serve(arguments + ["--insecure"], ports: arguments.count / 2)
    #expect(running.waitForErrors("can be reached from other machines without authentication"))
    running.send(SIGTERM)
    #expect(running.finish().exitCode == 0)
    try addUsers()
    let (guarded, _) = try serve(arguments + ["--users", "users"], ports: arguments.count / 2)
    #expect(guarded.waitForErrors("passwords are sent there unencrypted"))
    guarded.send(SIGTERM)
    #expect(guarded.finish().exitCode == 0)
  }

  @Test(arguments: [
    (["--tls-listen", "127.0.0.1:0"], "go together"),
    (["--http-tls", "127.0.0.1:0"], "go together"),
    (["--tls-cert-file", "x"], "go together"), (["--tls-ca-cert-file", "x"], "give all three"),
    (
      [
        "--tls-listen", "127.0.0.1:0", "--tls-cert", "x", "--tls-key", "y", "--tls-auth-clients",
        "yes",
      ],
      "needs --tls-ca-cert-file"
    ),
    (["--socket-mode", "0660"], "give one"), (["--socket", "s", "--socket-mode", "999"], "chmod"),
    (["--socket", "s", "--socket-group", "no-such-group"], "no such group"),
    (["--max-connections-per-address", "0"], "--max-connections-per-address"),
  ])
  func optionsThatDoNotGoTogetherAreUsage(_ arguments: [String], _ words: String) throws {
    let result = try Program(in: folder.path).run(["serve"] + arguments)
    #expect(result.exitCode == 64 && result.errors.contains(words), "\(result.errors)")
  }

  @Test func aBadFileOfUsersIsNamedAndNothingServed() throws {
    try folder.write("reader:read:open sesame\n", to: "users")
    for (mode, words) in [(0o644, "other users can read"), (0o600, "users:1: the password of")] {
      try FileManager.default.setAttributes(
        [.posixPermissions: mode], ofItemAtPath: folder.path("users"))
      let result = try Program(in: folder.path).run(
        ["serve", "--users", "users", "--listen", "127.0.0.1:0"])
      #expect(result.exitCode == 1 && result.errors.contains(words), "\(result.errors)")
      #expect(!result.errors.contains("sesame") && result.output.isEmpty)
    }
  }

  @Test func usersAreTakenUpWhileItServes() throws {
    try addUsers()
    let (running, ports) = try serve(
      ["--users", "users", "--listen", "127.0.0.1:0"], ports: 1)
    let kept = try SocketClient(port: ports[0])
    try kept.send("AUTH reader \"open sesame\"\nACL WHOAMI\n")
    #expect(try kept.receiveLine() == "\"OK\"")
    #expect(try kept.receiveLine() == "\"reader\"")
    let other = try SocketClient(port: ports[0])
    try other.send("AUTH writer \"let me write\"\n")
    #expect(try other.receiveLine() == "\"OK\"")
    // Adding a user leaves the others unchanged.
    #expect(try passwd("late", password: "better late").exitCode == 0)
    #expect(running.waitForErrors("4 users may log in"))
    #expect(try ask(ports[0], "AUTH late \"better late\"\n") == "\"OK\"\n")
    try kept.send("ACL WHOAMI\n")
    #expect(try kept.receiveLine() == "\"reader\"")
    // An invalid line changes nothing.
    let good = try String(contentsOfFile: folder.path("users"), encoding: .utf8)
    let handle = try #require(FileHandle(forWritingAtPath: folder.path("users")))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data("nonsense\n".utf8))
    try handle.close()
    #expect(
      running.waitForErrors("can't reload the users, so nothing changes: users:6"))
    try kept.send("INFO access\n")
    #expect(
      try kept.receiveLine()?.contains("\"last_users_error\":\"not of the form name:role:hash")
        == true)
    // A changed password ends only its own user's sessions.
    let again = try #require(FileHandle(forWritingAtPath: folder.path("users")))
    try again.truncate(atOffset: UInt64(good.utf8.count))
    try again.close()
    #expect(try passwd("reader", password: "another one").exitCode == 0)
    #expect(running.waitForErrors("4 users may log in", times: 2))
    try kept.send("PREDICT 1 10\n")
    #expect(try kept.receiveLine()?.contains("NOAUTH") == true)
    try other.send("PREDICT 1 10\n")
    #expect(try other.receiveLine()?.contains("prediction") == true)
    #expect(try ask(ports[0], "AUTH reader \"open sesame\"\n").contains("WRONGPASS"))
    #expect(try passwd("writer", "--remove", password: "").exitCode == 0)
    #expect(running.waitForErrors("3 users may log in", times: 1))
    try other.send("PREDICT 1 10\n")
    #expect(try other.receiveLine()?.contains("NOAUTH") == true)
    running.send(SIGTERM)
    let result = running.finish()
    #expect(result.exitCode == 0)
    #expect(!result.errors.contains("sesame") && !result.errors.contains("another one"))
  }

  static let redisOutput = """
    nobody PREDICT AuthenticationError
    nobody RATE AuthenticationError
    nobody ACL AuthenticationError
    wrong PREDICT ResponseError
    wrong RATE ResponseError
    wrong ACL ResponseError
    reader PREDICT b'5.0'
    reader RATE NoPermissionError
    reader ACL b'reader'
    default PREDICT b'5.0'
    default RATE NoPermissionError
    default ACL b'default'
    pipeline 1
    pool True

    """

  @Test(arguments: [false, true]) func redisPyIsServedAndRefused(_ isEncrypted: Bool) throws {
    try addUsers()
    let certificates = try TestCertificates(in: folder)
    try certificates.sign("server")
    try certificates.sign("client")
    let (running, ports) = try serve(
      [
        "--users", "users", "--listen", "127.0.0.1:0", "--tls-listen", "127.0.0.1:0",
        "--tls-cert-file", "server.pem", "--tls-key-file", "server.key", "--tls-ca-cert-file",
        "authority.pem",
      ], ports: 2)
    let tls =
      isEncrypted
      ? [certificates.authority, certificates.certificate("client"), certificates.key("client")]
      : []
    let result = try Program(path: "/usr/bin/python3", in: folder.path).run(
      [ProjectFolder.fixture("clients/redis_client.py"), "\(ports[isEncrypted ? 1 : 0])"] + tls)
    #expect(result.output == Self.redisOutput, "\(result.errors)")
    // Redis's own client gets the same answers.
    let client = Program(path: "/usr/bin/redis-cli", in: folder.path)
    let options =
      [
        "-p", "\(ports[isEncrypted ? 1 : 0])", "--user", "reader", "--pass", "open sesame",
        "--no-auth-warning",
      ]
      + (isEncrypted
        ? ["--tls", "--cacert", tls[0], "--cert", tls[1], "--key", tls[2]] : [])
    for version in [[], ["-3"]] {
      #expect(
        try client.run(options + version + ["ACL", "WHOAMI"]).output == "reader\n")
      #expect(
        try client.run(options + version + ["RATE", "1", "10", "5"]).output.contains("NOPERM"))
    }
    running.send(SIGTERM)
    #expect(running.finish().exitCode == 0)
  }

  @Test func aNewCertificateIsTakenUpAndABadOneNamed() throws {
    let certificates = try TestCertificates(in: folder)
    try certificates.sign("server", days: 3)
    let (running, ports) = try serve(
      [
        "--tls-listen", "127.0.0.1:0", "--tls-cert-file", "server.pem", "--tls-key-file",
        "server.key",
      ], ports: 1)
    #expect(running.waitForErrors("the certificate server.pem expires on "))
    func serial() throws -> String? {
      let shown = try certificates.show(port: ports[0], ["-showcerts"])
      try folder.write(shown.output, to: "shown.pem")
      return try certificates.serial("shown")
    }
    #expect(try serial() == certificates.serial("server"))
    let before = try certificates.serial("server")
    try folder.write("nonsense", to: "server.pem")
    #expect(running.waitForErrors("can't reload the certificate, so nothing changes"))
    #expect(try serial() == before)
    try certificates.sign("server")
    #expect(running.waitForErrors("reloaded the certificate"))
    #expect(try serial() == certificates.serial("server"))
    #expect(try serial() != before)
    running.send(SIGTERM)
    #expect(running.finish().exitCode == 0)
  }
}
