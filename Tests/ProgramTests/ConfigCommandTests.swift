import Foundation
import TestEnvironment
import Testing

/// Tests of `latent config`: the contents of a configuration, and its errors.
struct ConfigCommandTests {
  let folder: TemporaryFolder
  let program: Program

  init() throws {
    folder = try TemporaryFolder()
    program = Program(in: folder.path)
  }

  private func check(_ text: String) throws -> Program.Result {
    try folder.write(text, to: "night.toml")
    return try program.run(["config", "check", "night.toml"])
  }

  private func show(_ text: String) throws -> String {
    try folder.write(text, to: "night.toml")
    let result = try program.run(["config", "show", "night.toml"])
    try #require(result.exitCode == 0, "\(result.errors)")
    return result.output
  }

  @Test func aGoodFileIsGoodAndShownWithWhatIsUsual() throws {
    let text = """
      store = "sqlite:ratings.sqlite"
      [import]
      path = ["ratings.csv", "more.csv"]
      user-id-type = "text"
      [train]
      model = "als"
      factors = 8
      regularization = 0.25
      refit = false
      [evaluate]
      report = "page.html"
      [prune]
      keep = 3
      [nightly]
      retry-for = "2m"
      """
    let good = try check(text)
    #expect(good.exitCode == 0, "\(good.errors)")
    #expect(good.output == "night.toml is good.\n")
    let shown = try show(text)
    for line in [
      "store = \"sqlite:ratings.sqlite\"", "# name = <name>  # default: recommender",
      "path = [\"ratings.csv\", \"more.csv\"]", "factors = 8", "regularization = 0.25",
      "publish = true  # default", "unless-worse = true  # default",
      "split = \"random:0.2\"  # default",
      "refit = false", "keep = 3", "retry-for = \"2m\"",
      "# metric = <metric>  # default: ndcg@10 for one that ranks, rmse for one that predicts",
    ] { #expect(shown.split(separator: "\n").contains { $0 == line }, "\(line)\n\(shown)") }
    // The output is itself a configuration with the same meaning.
    #expect(
      try show(shown).replacing("  # default", with: "") == shown.replacing("  # default", with: "")
    )
  }

  @Test func anEmptyFileIsGood() throws {
    #expect(try check("").exitCode == 0)
    #expect(try show("").contains("# [import] is not there: nothing is imported"))
    #expect(!(try show("[train]\npublish = false\n")).contains("unless-worse = true  # default"))
    #expect(!(try show("[train]\nsplit = \"none\"\n")).contains("unless-worse = true  # default"))
  }

  /// The keys are derived from the command, so no separate list can lack one.
  @Test func everyOptionOfTrainHasItsKey() throws {
    struct Help: Decodable {
      struct Command: Decodable { let arguments: [Argument] }
      struct Argument: Decodable { let names: [Name]? }
      struct Name: Decodable { let kind: String, name: String }
      let command: Command
    }
    let dump = try program.run(["train", "--experimental-dump-help"])
    let help = try JSONDecoder().decode(Help.self, from: Data(dump.output.utf8))
    let names = help.command.arguments.flatMap { $0.names ?? [] }.filter { $0.kind == "long" }
      .map(\.name)
    #expect(names.count > 40)
    let decided = ["resume", "format", "help", "version"]
    let shared = ["store", "statement-timeout", "models", "name"]
    for name in names {
      let table = shared.contains(name) ? "" : "[train]\n"
      let errors = try check("\(table)\"\(name)\" = [[]]\n").errors
      if decided.contains(name) {
        #expect(errors.contains("[train] has no key '\(name)'"), "\(errors)")
      } else {
        // The key is known: the error is in its value.
        #expect(errors.contains("\(name) is a list of lists or tables, but must be "), "\(errors)")
      }
    }
  }

  @Test func whatIsWrongIsToldAllAtOnceWithItsLine() throws {
    let result = try check(
      """
      store = "sqlite:x"

      [train]
      # The query takes several lines.
      ratings-query = \"""
        select user_id, item_id
        from review\"""
      modle = "als"
      seed = [1, 2]
      publish = "yes"
      name = "other"
      resume = true
      keep = 3
      [prun]
      keep = 1
      [prune]
      keep = 2020-01-01
      """)
    #expect(result.exitCode == 64)
    for line in [
      "error: night.toml:8: [train] has no key 'modle'. Did you mean model?",
      "error: night.toml:9: seed is a list, but must be one <seed>, a text or a number. About seed: Decides what learning starts from and the order of batches.",
      "error: night.toml:10: publish is a text or a number, but must be true or false. About publish: Put the new version in service.",
      "error: night.toml:11: [train] has no key 'name'. Write it above all tables: it applies to all of them.",
      "error: night.toml:12: [train] has no key 'resume'. Leave it out: a nightly run decides it by itself.",
      "error: night.toml:13: [train] has no key 'keep'. It is a key of [prune].",
      "error: night.toml:14: there is no table [prun]. Did you mean [prune]?",
      "error: night.toml:17: keep is a date, but must be one <count>, a text or a number. About keep: How many of the newest versions to keep.",
    ] { #expect(result.errors.contains(line + "\n"), "\(line)\n\(result.errors)") }
    let places = result.errors.matches(of: #/night\.toml:(\d+)/#).compactMap { Int($0.output.1) }
    #expect(places == places.sorted())
  }

  @Test func aValueThatTheCommandDoesNotTakeNamesItsLine() throws {
    for (text, line, words) in [
      ("[train]\nmodel = \"als\"\nfactors = 0\n", 3, "--factors"),
      ("[train]\nseed = \"x\"\n", 2, "The value 'x' is invalid for '--seed <seed>'"),
      ("[train]\nsplit-seed = -1\nsplit = \"random:0.5\"\n", 2, "--split-seed"),
      ("[train]\nsplit = \"thirds\"\n", 2, "thirds"),
      ("[train]\npublish = false\nunless-worse = true\n", 3, "--unless-worse goes with --publish"),
      ("name = \"No\"\n", 1, "name"),
      ("store = \"mysql://x\"\n", 1, "Write sqlite:PATH, postgres://USER@HOST/DATABASE"),
      ("[prune]\nkeep = 0\n", 2, "--keep must be at least 1"),
      ("\n[prune]\n", 2, "keep"),
      ("[evaluate]\nslices = true\n", 1, "[evaluate] has no key 'report'"),
      ("[import]\npath = \"-\"\n", 2, "standard input"),
      ("[nightly]\nretry-wait = \"soon\"\n", 2, "give a whole number with a unit"),
      ("[train]\nseed = \"\"\n", 2, "seed is empty"),
    ] {
      let result = try check(text)
      #expect(result.exitCode == 64)
      #expect(result.errors.hasPrefix("error: night.toml:\(line): "), "\(text)\n\(result.errors)")
      #expect(result.errors.contains(words), "\(text)\n\(result.errors)")
    }
  }

  @Test func linesMayEndAsWindowsHasIt() throws {
    let result = try check("[train]\r\nfactors = 8\r\nmodle = \"als\"\r\n")
    #expect(result.errors.contains("error: night.toml:3: [train] has no key 'modle'"), "\(result)")
  }

  @Test func whatIsNoConfigurationIsToldSo() throws {
    let unquoted = try check("store = sqlite:x\n")
    #expect(unquoted.exitCode == 64)
    #expect(unquoted.errors.contains("error: night.toml:1:9: "), "\(unquoted.errors)")
    try folder.write([0x61, 0x00, 0x62], to: "nul.toml")
    let nul = try program.run(["config", "check", "nul.toml"])
    #expect(nul.errors.contains("nul.toml: it is not valid UTF-8 text"), "\(nul.errors)")
    let large = try check(String(repeating: "# 3456789\n", count: 6554))
    #expect(large.errors.contains("it is larger than 65536 bytes"), "\(large.errors)")
    let absent = try program.run(["config", "check", "absent.toml"])
    #expect(absent.exitCode == 64)
    #expect(absent.errors.contains("absent.toml: it can't be read: No such file"))
  }

  @Test func noSecretIsShown() throws {
    let shown = try show(
      """
      store = "postgres://latent:topsecret1@db/shop"
      [train]
      ratings-query = "select * from dblink('password=topsecret2', 'select 1')"
      [nightly]
      notify-webhook = "https://user:topsecret3@hooks.example.com/topsecret4?key=topsecret5"
      """)
    #expect(!shown.contains("topsecret"), "\(shown)")
    #expect(shown.contains("notify-webhook = \"https://hooks.example.com/***\""), "\(shown)")
    let bad = try check("store = \"postgres://latent:topsecret1@db/shop?nonsense=1\"\n")
    #expect(bad.exitCode == 64)
    #expect(!bad.errors.contains("topsecret"), "\(bad.errors)")
  }
}
