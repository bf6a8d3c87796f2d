import Foundation
import TestEnvironment
import Testing

/// Tests of who is notified how a nightly run ended, through real commands and real sockets.
struct NightlyNotificationTests {
  let folder: TemporaryFolder
  let program: Program

  init() throws {
    folder = try TemporaryFolder()
    program = Program(in: folder.path)
  }

  private static let night =
    "[import]\npath = \"\(ProjectFolder.fixture("catalogue"))\"\n[train]\nmodel = \"bias-only\"\n"

  private func run(_ nightly: String, _ night: String = night) throws -> Program.Result {
    try folder.write(night + "[nightly]\n" + nightly, to: "night.toml")
    return try program.run(["nightly", "--config", "night.toml"])
  }

  /// The fields of a notification that the tests check.
  struct Told: Decodable {
    let number: Int
    let outcome: String
    let modelName: String
    let version: Int?
    let reason: String
    let figures: [String: Double]
    let totalSeconds: Double
    let endedAt: String?
  }

  private func told() throws -> Told {
    let data = try Data(contentsOf: URL(fileURLWithPath: folder.path("told.json")))
    return try JSONDecoder().decode(Told.self, from: data)
  }

  private func notices() throws -> String {
    let result = try program.run(["runs", "--limit", "1", "--format", "json"])
    return result.output
  }

  /// A killed night is reported once, by the next night or by a run of `--notify-only`.
  @Test(arguments: [false, true]) func ofAKilledNightTheNextTells(_ isByItself: Bool) throws {
    #expect(mkfifo(folder.path("ratings.csv"), 0o600) == 0)
    let tell = "[nightly]\nnotify-command = \"cat >> told.json\"\n"
    try folder.write(
      "[import]\npath = \"ratings.csv\"\n[train]\nmodel = \"bias-only\"\n" + tell, to: "night.toml")
    let killed = try program.start(["nightly", "--config", "night.toml"])
    #expect(killed.waitForErrors("nightly: import"))
    let only = ["nightly", "--config", "night.toml", "--notify-only"]
    let early = try program.run(only)
    #expect(early.exitCode == 0 && early.errors.contains("another nightly run"), "\(early.errors)")
    killed.send(SIGKILL)
    _ = killed.finish()
    let next: Program.Result
    if isByItself {
      next = try program.run(only)
      #expect(next.exitCode == 0, "\(next.errors)")
      #expect(try program.run(only).errors.isEmpty)
    } else {
      try folder.write(Self.night + tell, to: "night.toml")
      next = try program.run(["nightly", "--config", "night.toml"])
      #expect(next.exitCode == 0, "\(next.errors)")
    }
    #expect(next.errors.contains("nightly: run 1 was killed: process \(killed.identifier) on"))
    let lines = try String(contentsOfFile: folder.path("told.json"), encoding: .utf8)
      .split(separator: "\n")
    let all = try lines.map { try JSONDecoder().decode(Told.self, from: Data($0.utf8)) }
    #expect(all.map(\.outcome) == (isByItself ? ["killed"] : ["killed", "published"]))
    #expect(all.first?.number == 1 && all.first?.reason.contains("at import") == true)
    #expect(try program.run(["runs"]).output.contains("killed"))
  }

  /// A night that can't begin has no number and no record: there is nowhere to keep one. A night under way reports
  /// itself.
  @Test func ofANightThatCanNotBeginIsToldToo() throws {
    try FileManager.default.createDirectory(
      atPath: folder.path("latent-models/.nightly.lock"), withIntermediateDirectories: true)
    let result = try run("notify-command = \"cat > told.json; exit 7\"")
    #expect(result.exitCode == 1 && result.errors.contains(".nightly.lock"), "\(result.errors)")
    #expect(result.errors.contains("exited with 7"), "\(result.errors)")
    let told = try told()
    #expect(told.number == 0 && told.outcome == "failed" && told.version == nil)
    #expect(told.reason.contains(".nightly.lock") && told.endedAt != nil)
    #expect(!FileManager.default.fileExists(atPath: folder.path("latent-models/.nightly")))
  }

  /// A notification that failed is sent again.
  @Test func ofAKilledNightIsToldUntilSomebodyHears() throws {
    #expect(mkfifo(folder.path("ratings.csv"), 0o600) == 0)
    func write(_ command: String) throws {
      try folder.write(
        "[import]\npath = \"ratings.csv\"\n[train]\nmodel = \"bias-only\"\n[nightly]\n"
          + "notify-command = \"\(command)\"\n", to: "night.toml")
    }
    try write("exit 1")
    let killed = try program.start(["nightly", "--config", "night.toml"])
    #expect(killed.waitForErrors("nightly: import"))
    killed.send(SIGSTOP)
    let only = ["nightly", "--config", "night.toml", "--notify-only"]
    let meanwhile = try program.run(only)
    #expect(meanwhile.exitCode == 0 && meanwhile.errors.contains("is in progress"))
    killed.send(SIGKILL)
    _ = killed.finish()
    for _ in 0..<2 {
      let errors = try program.run(only).errors
      #expect(
        errors.contains("run 1 was killed") && errors.contains("may have failed"),
        "\(errors)")
    }
    try write("cat >> told.json")
    for _ in 0..<2 { #expect(try program.run(only).exitCode == 0) }
    #expect(try told().outcome == "killed")
  }

  @Test func aCommandIsToldOfWhatWasPublishedRefusedAndFailed() throws {
    let tell = "notify-command = \"cat > told.json\"\n"
    #expect(try run(tell).exitCode == 0)
    let published = try told()
    #expect(published.outcome == "published" && published.version == 1 && published.endedAt != nil)
    #expect((published.figures["rmse"] ?? 0) > 0)

    let worse = Self.night.replacing("bias-only", with: "popularity") + "metric = \"rmse\"\n"
    let refusal = try run(tell, worse)
    #expect(refusal.exitCode == 3, "\(refusal.errors)")
    let refused = try told()
    #expect(refused.outcome == "refused" && refused.version == 2 && !refused.reason.isEmpty)

    #expect(try run(tell, "[import]\npath = \"absent.csv\"\n").exitCode == 1)
    let failed = try told()
    #expect(failed.outcome == "failed" && failed.reason.contains("absent.csv"))
    #expect(try notices().contains("command: told"))
  }

  @Test func whatACommandComesToChangesNothing() throws {
    let failing = try run("notify-command = \"echo no mail today; exit 7\"\n")
    #expect(failing.exitCode == 0)
    #expect(
      failing.errors.contains(
        "the notification by command may have failed: it exited with 7: no mail today"))
    #expect(try notices().contains("command: it exited with 7"))
    let absent = try run("notify-command = \"absent-command\"\n")
    #expect(absent.exitCode == 0)
    #expect(absent.errors.contains("it exited with 127"))
  }

  /// The command and its child processes delay nobody: they are killed at the timeout.
  @Test func aCommandThatHangsIsKilledWithAllThatItStarted() throws {
    let result = try run(
      "notify-command = \"sleep 3600 & echo $! > pid; wait\"\nnotify-timeout = \"1s\"\n")
    #expect(result.exitCode == 0)
    #expect(result.errors.contains("it took longer than 1 s, and was killed"), "\(result.errors)")
    let pid = try String(contentsOfFile: folder.path("pid"), encoding: .utf8)
    let sleeper = try #require(Int32(pid.trimmingCharacters(in: .whitespacesAndNewlines)))
    // The process that adopts orphans may not have reaped it yet.
    let state = try? String(contentsOfFile: "/proc/\(sleeper)/stat", encoding: .utf8)
    #expect(state.map { $0.contains(") Z ") || $0.contains(") X ") } ?? true, "\(state ?? "")")
  }

  @Test func aCommandThatDoesNotReadIsNoneTheWorse() throws {
    let result = try run("notify-command = \"exec <&-; echo ok > done\"\n")
    #expect(
      result.exitCode == 0 && !result.errors.contains("warning: the command"), "\(result.errors)")
    #expect(FileManager.default.fileExists(atPath: folder.path("done")))
  }

  @Test func aWebhookIsPostedTheRecord() throws {
    let receiver = try HTTPReceiver(.answering(204))
    let result = try run(
      "notify-webhook = \"http://127.0.0.1:\(receiver.port)/hooks/verysecret?token=alsosecret\"\n")
    #expect(result.exitCode == 0, "\(result.errors)")
    let request = try #require(receiver.requests.first)
    #expect(receiver.requests.count == 1)
    #expect(request.head.hasPrefix("POST /hooks/verysecret?token=alsosecret HTTP/1.1\r\n"))
    #expect(request.head.contains("Content-Type: application/json"))
    let told = try JSONDecoder().decode(Told.self, from: Data(request.body.utf8))
    #expect(told.outcome == "published" && told.modelName == "recommender")
    let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path("latent-models"))
    for file in files where file.hasSuffix(".json") || file.hasSuffix(".lock") {
      let text = try String(contentsOfFile: folder.path("latent-models/\(file)"), encoding: .utf8)
      #expect(!text.contains("secret"), "\(file)")
    }
    #expect(!result.errors.contains("secret") && !result.output.contains("secret"))
  }

  @Test(arguments: [
    (HTTPReceiver.Manner.answering(500), "status 500"), (.answering(302), "status 302"),
    (.answering(404), "status 404"),
    (.closing, "mpty reply"), (.hanging, "timed out"),
  ])
  func aWebhookThatFailsIsToldAndChangesNothing(
    manner: HTTPReceiver.Manner, words: String
  ) throws {
    let receiver = try HTTPReceiver(manner)
    let result = try run(
      "notify-webhook = \"http://127.0.0.1:\(receiver.port)/verysecret\"\nnotify-timeout = \"2s\"\n"
    )
    #expect(result.exitCode == 0, "\(result.errors)")
    let said = result.errors.split(separator: "\n").first {
      $0.contains("the notification by webhook may have failed")
    }
    #expect(
      said.map { $0.contains(words) || $0.contains("took longer than 2 s") } ?? false,
      "\(result.errors)")
    #expect(!result.errors.contains("verysecret"), "\(result.errors)")
    #expect(!receiver.requests.isEmpty)
  }

  @Test func theAddressMayComeFromAFileOrTheEnvironment() throws {
    let receiver = try HTTPReceiver(.answering(200))
    let url = "http://127.0.0.1:\(receiver.port)/secret"
    try folder.write(url + "\n", to: "hook")
    #expect(try run("notify-webhook-file = \"hook\"\n").exitCode == 0)
    #expect(receiver.requests.count == 1)
    var other = program
    other.environment["LATENT_WEBHOOK"] = url
    try folder.write(Self.night, to: "night.toml")
    #expect(try other.run(["nightly", "--config", "night.toml"]).exitCode == 0)
    #expect(receiver.requests.count == 2)
    let given = try other.run([
      "nightly", "--config", "night.toml", "--notify-webhook", "http://127.0.0.1:1/verysecret",
    ])
    #expect(given.exitCode == 0 && !given.errors.contains("verysecret"), "\(given.errors)")
    #expect(given.errors.contains("the notification by webhook may have failed"))
    try folder.write("ftp://x\n", to: "hook")
    let bad = try run("notify-webhook-file = \"hook\"\n")
    #expect(bad.exitCode == 1 && bad.errors.contains("hook holds no HTTP URL"))
  }
}
