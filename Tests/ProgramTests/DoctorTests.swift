import Foundation
import TestEnvironment
import Testing

/// Tests that `latent doctor` reports what is good, what is missing, and what is wrong with its remedy.
struct DoctorTests {
  let folder: TemporaryFolder
  let program: Program

  init() throws {
    folder = try TemporaryFolder()
    program = Program(in: folder.path)
  }

  /// A port without a listener.
  private static let nobody = ["--daemon", "127.0.0.1:1"]

  private func states(_ arguments: [String] = []) throws -> (
    result: Program.Result, states: [String: String]
  ) {
    let result = try program.run(["doctor", "--format", "csv"] + Self.nobody + arguments)
    let rows = result.output.split(separator: "\n").dropFirst().map { $0.split(separator: ",") }
    return (
      result,
      Dictionary(
        rows.filter { $0.count > 1 }.map { (String($0[0]), String($0[1])) },
        uniquingKeysWith: { first, _ in first })
    )
  }

  @Test func aNewFolderIsNoFault() throws {
    let (result, states) = try states()
    #expect(result.exitCode == 0, "\(result.errors)")
    #expect(states["processor"] == "good" && states["libraries"] == "good")
    // Whoever runs the tests may have chosen other kernels.
    for library in ["OpenBLAS", "oneDNN"] {
      #expect(["good", "slow"].contains(states[library]), "\(result.output)")
    }
    #expect(states["store"] == "not there" && states["models"] == "not there")
    #expect(states["daemon"] == "not there")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  /// A setting that selects slower kernels is found on a processor that has faster ones.
  @Test func kernelsThatDoNotFitTheProcessorAreSlow() throws {
    guard try program.run(["doctor"] + Self.nobody).output.contains("AVX-512") else { return }
    let choices = [
      ("OpenBLAS", "OPENBLAS_CORETYPE", "HASWELL"), ("oneDNN", "ONEDNN_MAX_CPU_ISA", "AVX2"),
    ]
    for (library, variable, choice) in choices {
      let limited = Program(in: folder.path, environment: [variable: choice])
      let result = try limited.run(["doctor", "--format", "csv"] + Self.nobody)
      #expect(result.exitCode == 0, "\(result.errors)")
      #expect(result.output.contains("\n\(library),slow,"), "\(result.output)")
      #expect(result.output.contains("Unset \(variable)"), "\(result.output)")
    }
  }

  @Test func whatIsThereIsLookedThrough() throws {
    #expect(
      try program.run(["import", ProjectFolder.fixture("catalogue"), "--quiet"]).exitCode == 0)
    let training = ["train", "--model", "popularity", "--publish", "--quiet"]
    #expect(try program.run(training).exitCode == 0)
    let good = try states()
    #expect(good.result.exitCode == 0 && good.states["store"] == "good")
    #expect(good.states["model recommender"] == "good", "\(good.result.output)")
    let path = folder.path("latent-models/recommender/versions/000001/model.safetensors")
    try FileManager.default.removeItem(atPath: path)
    let bad = try states()
    #expect(bad.result.exitCode == 1 && bad.states["model recommender"] == "wrong")
    #expect(bad.result.output.contains("latent models verify --all"))
    #expect(bad.result.errors.contains("1 problem found"))
  }

  /// Clients of the daemon would get answers of another model than the one examined.
  @Test func aDaemonThatServesAnotherModelIsWrong() throws {
    #expect(
      try program.run(["import", ProjectFolder.fixture("catalogue"), "--quiet"]).exitCode == 0)
    let training = ["train", "--model", "popularity", "--publish", "--quiet"]
    #expect(try program.run(training).exitCode == 0)
    let daemon = try program.start(["serve", "--listen", "127.0.0.1:0"])
    try #require(daemon.waitForOutput("\n"))
    let address = try #require(
      daemon.outputSoFar.split(separator: "\n").first?.split(separator: " ").last)
    func asked(_ models: String) throws -> String {
      let result = try program.run(
        ["doctor", "--daemon", String(address), "--models", models, "--format", "csv"])
      let line = result.output.split(separator: "\n").last { $0.hasPrefix("daemon,") } ?? ""
      #expect((result.exitCode == 0) == line.hasPrefix("daemon,good,"), "\(result.output)")
      return String(line)
    }
    #expect(try asked("latent-models").contains("and serves version 1 of recommender"))
    // The same version number in another folder, a different number, and no version at all.
    for options in [["--damping", "7"], ["--damping", "8"]] {
      #expect(try program.run(training + options + ["--models", "others"]).exitCode == 0)
      let line = try asked("others")
      #expect(line.hasPrefix("daemon,wrong,") && line.contains("serves version 1 of recommender"))
      #expect(
        line.contains(options[1] == "7" ? "its file has another digest" : "while version 2 is in"),
        "\(line)")
    }
    try FileManager.default.createDirectory(
      atPath: folder.path("empty"), withIntermediateDirectories: true)
    #expect(try asked("empty").contains("of which empty has none in service"))
    daemon.send(SIGTERM)
    #expect(daemon.finish().exitCode == 0)
    // A daemon waiting for its first model serves what there is: no model.
    let waiting = try program.start(
      ["serve", "--listen", "127.0.0.1:0", "--wait", "--models", "empty"])
    try #require(waiting.waitForOutput("\n"))
    let other = try #require(
      waiting.outputSoFar.split(separator: "\n").first?.split(separator: " ").last)
    func state(_ models: String) throws -> String {
      try program.run(["doctor", "--daemon", String(other), "--models", models, "--format", "csv"])
        .output
    }
    #expect(try state("empty").contains("waits for a first model to serve"))
    #expect(try state("others").contains("serves no model"))
    waiting.send(SIGTERM)
    #expect(waiting.finish().exitCode == 0)
  }

  /// Each of several models is examined.
  @Test func aDaemonOfSeveralModelsIsLookedAtWhole() throws {
    #expect(
      try program.run(["import", ProjectFolder.fixture("catalogue"), "--quiet"]).exitCode == 0)
    func train(_ name: String, in models: String, _ damping: String) throws {
      let training = ["train", "--model", "popularity", "--publish", "--quiet", "--name", name]
      #expect(
        try program.run(training + ["--models", models, "--damping", damping]).exitCode == 0)
    }
    for models in ["served", "others"] {
      try train("a", in: models, "5")
      try train("b", in: models, models == "served" ? "5" : "6")
    }
    try train("c", in: "others", "5")
    let daemon = try program.start([
      "serve", "--listen", "127.0.0.1:0", "--models", "served", "--wait", "--name", "a", "--name",
      "b", "--name", "c",
    ])
    try #require(daemon.waitForOutput("\n"))
    let address = try #require(
      daemon.outputSoFar.split(separator: "\n").first?.split(separator: " ").last)
    func lines(_ models: String) throws -> (code: Int32, lines: [Substring]) {
      let result = try program.run(
        ["doctor", "--daemon", String(address), "--models", models, "--format", "csv"])
      let lines = result.output.split(separator: "\n").filter { $0.hasPrefix("daemon,") }
      return (result.exitCode, lines)
    }
    let good = try lines("served")
    try #require(good.lines.count == 3, "\(good)")
    #expect(good.code == 0 && good.lines.allSatisfy { $0.hasPrefix("daemon,good,") })
    #expect(good.lines[1].contains("serves version 1 of b"))
    #expect(good.lines[2].contains("waits for a first version of c"))
    let bad = try lines("others")
    try #require(bad.lines.count == 3, "\(bad)")
    #expect(bad.code == 1 && bad.lines[0].hasPrefix("daemon,good,"))
    #expect(bad.lines[1].hasPrefix("daemon,wrong,") && bad.lines[1].contains("another digest"))
    #expect(bad.lines[2].hasPrefix("daemon,wrong,") && bad.lines[2].contains("no version of c"))
    daemon.send(SIGTERM)
    #expect(daemon.finish().exitCode == 0)
  }

  @Test(arguments: [
    ("", 0o600, "wrong", "has no users"),
    ("app:root:x\n", 0o600, "wrong", "an unknown role"),
    ("app:read:secret word\n", 0o600, "wrong", "users:1: the password of app"),
    ("# nobody yet\n", 0o644, "wrong", "other users can read"),
    (nil, 0, "wrong", "users: it can't be opened"),
  ])
  func usersThatADaemonWouldNotTakeAreWrong(
    _ text: String?, _ mode: Int, _ state: String, _ words: String
  ) throws {
    if let text {
      let path = try folder.write(text, to: "users")
      try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }
    let (result, states) = try states(["--users", "users"])
    #expect(result.exitCode == 1 && states["users"] == state, "\(result.output)")
    #expect(result.output.contains(words) && !result.output.contains("secret"), "\(result.output)")
  }

  @Test func usersAreCountedByWhatTheyMay() throws {
    for user in ["a", "b"] {
      let added = try program.run(
        ["passwd", "users", user, "--role", "write"], input: "long enough\n")
      #expect(added.exitCode == 0)
    }
    let result = try program.run(["doctor", "--format", "csv", "--users", "users"] + Self.nobody)
    #expect(
      result.exitCode == 0 && result.output.contains("users,good,users: 2 with the role write"))
  }

  @Test func certificatesAreLookedAtWithTheirKeysAndEnds() throws {
    let certificates = try TestCertificates(in: folder)
    try certificates.sign("long", days: 90)
    try certificates.sign("short", days: 12)
    func finding(_ certificate: String, _ key: String) throws -> String {
      let result = try program.run(
        ["doctor", "--format", "csv", "--tls-cert-file", certificate, "--tls-key-file", key]
          + Self.nobody)
      let line = result.output.split(separator: "\n").first { $0.hasPrefix("certificate,") } ?? ""
      #expect((result.exitCode == 0) == line.hasPrefix("certificate,good,"), "\(result.output)")
      return String(line)
    }
    #expect(try finding("long.pem", "long.key").contains("valid until"))
    #expect(try finding("short.pem", "short.key").contains("for 11 days. Replace it"))
    #expect(try finding("long.pem", "short.key").contains("do not match"))
    #expect(try finding("absent.pem", "long.key").contains("can't be opened"))
    try FileManager.default.setAttributes(
      [.posixPermissions: 0o644], ofItemAtPath: folder.path("long.key"))
    #expect(try finding("long.pem", "long.key").contains("other users can read"))
  }

  /// The HTTP port itself says whether answers are good.
  @Test func whatIsNotReadyIsWrong() throws {
    try FileManager.default.createDirectory(
      atPath: folder.path("empty"), withIntermediateDirectories: true)
    let daemon = try program.start([
      "serve", "--wait", "--models", "empty", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0",
    ])
    try #require(daemon.waitForOutput("listening on http://"))
    let lines = daemon.outputSoFar.split(separator: "\n")
    func finding(_ address: some StringProtocol) throws -> String {
      let result = try program.run(
        ["doctor", "--format", "csv", "--http", String(address)] + Self.nobody)
      return String(result.output.split(separator: "\n").first { $0.hasPrefix("http,") } ?? "")
    }
    let http = try #require(lines.last?.split(separator: "/").last)
    #expect(
      try finding(http).contains("no model named recommender is in service"))
    let plain = try #require(lines.first?.split(separator: " ").last)
    #expect(try finding(plain).hasPrefix("http,wrong,"))
    #expect(try finding("127.0.0.1:1").hasPrefix("http,not there,"))
    #expect(try finding("nowhere").hasPrefix("http,wrong,nowhere is not an address"))
    try ServeCommandTests(in: folder).publish(mean: 3)
    let serving = try program.start([
      "serve", "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0",
    ])
    try #require(serving.waitForOutput("listening on http://"))
    let ready = try #require(
      serving.outputSoFar.split(separator: "\n").last?.split(separator: "/").last)
    #expect(try finding(ready).hasPrefix("http,good,ready at"))
    for running in [daemon, serving] {
      running.send(SIGTERM)
      #expect(running.finish().exitCode == 0)
    }
  }

  @Test func aFileThatIsNoStoreIsWrong() throws {
    try folder.write(String(repeating: "no database\n", count: 100), to: "latent.sqlite")
    let (result, states) = try states()
    #expect(result.exitCode == 1 && states["store"] == "wrong", "\(result.output)")
  }
}
