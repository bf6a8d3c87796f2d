import Foundation
import ModelRegistry
import Recommenders
import TestEnvironment
import Testing

/// Tests of how a running daemon is monitored: by HTTP with curl and promtool, in its log, and by signals.
struct ObservationTests {
  let serving: ServeCommandTests
  var folder: TemporaryFolder { serving.folder }

  init() throws { serving = try ServeCommandTests() }

  /// Starts the daemon with an HTTP port, and returns its address once it answers.
  func start(_ arguments: String...) throws -> (running: RunningProgram, address: String) {
    let running = try Program(in: folder.path).start(
      ["serve", "--wait", "--socket", folder.path("s.sock"), "--http", "127.0.0.1:0"] + arguments)
    try #require(running.waitForOutput("listening on http://"))
    try #require(running.waitForOutput("listening on \(folder.path("s.sock"))\n"))
    let address = running.outputSoFar.firstMatch(of: #/listening on (http://[\d.:]+)/#)
    return (running, String(try #require(address).1))
  }

  func run(_ program: String, _ arguments: [String], input: String = "") throws -> Program.Result {
    try Program(path: Requirement.program(program).resolve(), in: folder.path)
      .run(arguments, input: input)
  }

  /// Returns the status and body of the response to curl.
  func curl(_ url: String, _ options: String...) throws -> String {
    let result = try run("curl", ["-s", "-w", "%{http_code}", "-o", "answer", url] + options)
    #expect(result.exitCode == 0, "\(result.errors)")
    let answer = try String(contentsOfFile: folder.path("answer"), encoding: .utf8)
    return "\(result.output) \(answer)"
  }

  /// Creates a store with one rating.
  func store() throws -> String {
    try "user,item,rating\n1,10,4\n".write(
      toFile: folder.path("ratings.csv"), atomically: true, encoding: .utf8)
    let result = try Program(in: folder.path).run([
      "import", "ratings.csv", "--store", "sqlite:ratings.sqlite",
    ])
    #expect(result.exitCode == 0, "\(result.errors)")
    return "sqlite:ratings.sqlite"
  }

  func end(_ running: RunningProgram) -> Program.Result {
    running.send(SIGTERM)
    let result = running.finish()
    #expect(result.exitCode == 0 && !result.wasSignalled)
    return result
  }

  @Test(.enabled(if: Requirement.program("curl").isMet, "needs curl"))
  func readinessFollowsTheModel() throws {
    let (running, address) = try start("--max-age", "36h")
    #expect(try curl(address + "/healthz") == "200 ok\n")
    #expect(
      try curl(address + "/readyz") == "503 no model named recommender is in service\n")
    try serving.publish(mean: 3)
    try #require(running.waitForErrors("serving recommender version 1"))
    let stale = try curl(address + "/readyz")
    #expect(
      stale.hasPrefix("503 version 1 of recommender is stale: trained 2026-11-20T03:00:00Z, "),
      "\(stale)")
    #expect(
      try curl(address + "/api/recommend?user=1&count=1")
        == #"200 {"user":1,"version":1,"items":[{"item":30,"title":"C","score":6.0}]}"# + "\n")
    #expect(try curl(address + "/", "-X", "DELETE").hasPrefix("405 "))
    #expect(try curl(address + "/", "-H", "Host: evil.example").hasPrefix("421 "))
    #expect(try curl(address + "/", "--data", "x=1").hasPrefix("405 "))
    _ = end(running)
  }

  @Test(
    .enabled(
      if: Requirement.program("promtool").isMet, "\(Requirement.program("promtool").howToGet)"))
  func promtoolFindsNothingWrong() throws {
    try serving.publish(mean: 3)
    let (running, address) = try start("--store", try store())
    _ = try serving.ask("RECOMMEND 1\nPREDICT 1 10\nNOTHING\nRATE 1 10 5\n")
    let metrics = try String(curl(address + "/metrics").dropFirst(4))
    #expect(metrics.contains("latent_store_rating_changes_total 1\n"))
    #expect(metrics.contains("latent_requests_total{command=\"RATE\",outcome=\"answered\"} 1\n"))
    let checked = try run("promtool", ["check", "metrics"], input: metrics)
    #expect(checked.exitCode == 0 && checked.errors.isEmpty, "\(checked.output)\(checked.errors)")
    _ = end(running)
    // Whatever is asked, and whatever it is called.
    let broken = try run("promtool", ["check", "metrics"], input: metrics + "latent_x{a=\"\n")
    #expect(broken.exitCode != 0)
  }

  /// The rules named in OPERATIONS.md, and the metrics they use.
  @Test(
    .enabled(
      if: Requirement.program("promtool").isMet, "\(Requirement.program("promtool").howToGet)"))
  func theRulesHoldAndNameMetricsThatThereAre() throws {
    let rules = ProjectFolder.path + "/deploy/prometheus/"
    for arguments in [
      ["check", "config", rules + "prometheus.yml"],
      ["check", "rules", rules + "latent.rules.yml"],
      ["test", "rules", rules + "latent.rules.test.yml"],
    ] {
      let result = try run("promtool", arguments)
      #expect(result.exitCode == 0, "\(result.output)\(result.errors)")
    }
    try serving.publish(mean: 3)
    let (running, address) = try start("--store", try store())
    _ = try serving.ask("PING\n")
    let metrics = try curl(address + "/metrics")
    let text = try String(contentsOfFile: rules + "latent.rules.yml", encoding: .utf8)
    for match in text.matches(of: #/\b((?:latent|process)_[a-z_]+)/#) {
      let name = String(match.1)
      #expect(metrics.contains("\n\(name)"), "\(name)")
    }
    _ = end(running)
  }

  @Test func theModelsFiguresAreToldByHTTP() throws {
    try serving.publish(
      mean: 3,
      metrics: [
        "rmse": .init(0.5, better: .lower), "item-mean.rmse": .init(0.75, better: .lower),
        "other": .init(1, better: nil), "nan.rmse": .init(.nan, better: .lower),
      ])
    let (running, address) = try start()
    let port = try #require(address.split(separator: ":").last.flatMap { Int($0) })
    let answer = try SocketClient(port: port).ask(
      "GET /api/models HTTP/1.0\r\nHost: localhost\r\n\r\n")
    #expect(
      answer.contains(
        #""figures":[{"metric":"rmse","value":0.5},{"model":"item-mean","metric":"rmse","value":0.75}]"#
      ), "\(answer)")
    _ = end(running)
  }

  @Test func aLogFileIsOpenedAgainOnSIGHUP() throws {
    let (running, _) = try start("--log-file", "log", "--log-format", "json")
    func lines(_ name: String) throws -> [[String: String]] {
      try String(contentsOfFile: folder.path(name), encoding: .utf8).split(separator: "\n")
        .map {
          try #require(JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: String])
        }
    }
    try FileManager.default.moveItem(atPath: folder.path("log"), toPath: folder.path("log.1"))
    running.send(SIGHUP)
    #expect(waitFor { FileManager.default.fileExists(atPath: folder.path("log")) })
    let result = end(running)
    #expect(result.errors.isEmpty)
    #expect(try lines("log.1").contains { $0["message"]?.contains("no version of") == true })
    let messages = try lines("log").compactMap { $0["message"] }
    #expect(messages.contains("SIGHUP: reloaded the log file"))
    #expect(messages.last == "stopped")
  }

  @Test func aLogFileThatCantBeOpenedIsAClearError() throws {
    let result = try Program(in: folder.path).run(["serve", "--wait", "--log-file", "no/such/log"])
    #expect(result.exitCode == 1)
    #expect(result.errors.contains("no/such/log: the log can't be written there: "))
  }

  @Test func whatFailsIsSaidInTheLogFileAndOnStandardError() throws {
    let result = try Program(in: folder.path).run(["serve", "--log-file", "log"])
    #expect(result.exitCode == 1)
    #expect(result.errors.contains("no version of recommender is in service"))
    #expect(
      try String(contentsOfFile: folder.path("log"), encoding: .utf8)
        .contains("no version of recommender is in service"))
  }

  @Test func informationIsWrittenToTheLogOnSIGUSR1() throws {
    try serving.publish(mean: 3)
    let (running, _) = try start()
    running.send(SIGUSR1)
    try #require(running.waitForErrors("[Daemon] server {\"latent_version\":"))
    try #require(running.waitForErrors("[Daemon] model {\"model\":\"recommender\","))
    try #require(running.waitForErrors("\"log_lines_dropped\":0}"))
    running.send(SIGHUP)
    try #require(running.waitForErrors("SIGHUP: nothing to reload"))
    _ = end(running)
  }

  @Test func slowRequestsAreLogged() throws {
    try serving.publish(mean: 3)
    let (running, _) = try start("--slow-log", "0ms", "--log-format", "json")
    _ = try serving.ask("PREDICT 1 10\n")
    try #require(
      running.waitForErrors("slow request: PREDICT \\\"1\\\" by ")
        && running.waitForErrors(":0 took "))
    let line = try #require(
      running.finishing().split(separator: "\n").first { $0.contains("slow request") })
    let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: String]
    #expect(object?["request"] == "1" && object?["connection"] != nil)
  }

  @Test(arguments: [
    ["--http", "6381"], ["--max-age", "7d"], ["--http", "127.0.0.1:0", "--max-age", "soon"],
    ["--log-format", "xml"], ["--slow-log", "10"], ["--slow-log", "2h"],
  ])
  func badUsageIsSaid(_ arguments: [String]) throws {
    let result = try Program(in: folder.path).run(["serve"] + arguments)
    #expect(result.exitCode == 64 && result.errors.hasPrefix("error: "), "\(result.errors)")
  }
}

extension RunningProgram {
  /// Stops the daemon cleanly, and returns its standard error.
  fileprivate func finishing() -> String {
    send(SIGTERM)
    return finish().errors
  }
}
