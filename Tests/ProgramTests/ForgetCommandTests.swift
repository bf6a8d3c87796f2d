import Foundation
import GRDB
import ModelRegistry
import Ratings
import RatingsSQLite
import Recommenders
import TestEnvironment
import Testing

/// Tests of `latent forget` and `latent export`: the data held about a person, and its removal.
struct ForgetCommandTests {
  let folder: TemporaryFolder
  let program: Program
  let users = (0..<160).map { "person-\($0 &* 7919 % 1009)-of-many" }

  /// A store with unordered rows, and models under two names, one of which has a version to roll back to.
  init() throws {
    folder = try TemporaryFolder()
    program = Program(in: folder.path)
    var random = SplitMix64(seed: 3)
    var lines = users.flatMap { user in (0..<12).map { "\(user),m\($0),\($0 % 5 + 1)\n" } }
    lines.shuffle(using: &random)
    try folder.write("user,item,rating\n" + lines.joined(), to: "ratings.csv")
    try folder.write("id,title\nm1,\"The One, Again\"\n", to: "items.csv")
    try good(["import", "ratings.csv", "--items", "items.csv"])
    // Promoted by hand: their quality does not matter here.
    for (number, options) in [
      ["--epochs", "1"], ["--epochs", "2"], ["--model", "popularity", "--name", "other"],
    ].enumerated() {
      try good(["train"] + options)
      try good(["models", "promote", "\(number % 2 + 1)"] + options.dropFirst(2))
    }
  }

  @discardableResult
  private func good(_ arguments: [String]) throws -> Program.Result {
    let result = try program.run(arguments)
    try #require(result.exitCode == 0, "\(arguments): \(result.errors)")
    return result
  }

  private func rows(_ result: Program.Result) throws -> [[String: Any]] {
    try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [[String: Any]])
  }

  /// The files of the store and the models folder that contain `text`, except the imported file.
  private func files(with text: String) throws -> [String] {
    let walk = try #require(FileManager.default.enumerator(atPath: folder.path))
    return walk.compactMap { $0 as? String }.filter { name in
      guard !name.hasSuffix(".csv"),
        let data = FileManager.default.contents(atPath: folder.path(name))
      else { return false }
      return data.firstRange(of: Data(text.utf8)) != nil
    }
  }

  @Test func sixtyPeopleAreInNoFileAnyMore() throws {
    for user in users.prefix(60) {
      #expect(try files(with: user).count >= 4)
      try good(["forget", "--user", user, "--everywhere"])
    }
    for user in users.prefix(60) { #expect(try files(with: user) == [], "\(user)") }
    #expect(try files(with: users[60]).count >= 4)
    try good(["models", "verify", "--all"])
    try good(["models", "rollback"])
    #expect(try SQLiteStore(path: folder.path("latent.sqlite")).summary().userCount == 100)
    let left = try good(["recommend", "--user", users[60], "--include-rated", "--count", "1"])
    #expect(left.errors.isEmpty)
  }

  @Test func forgettingNamesWhatStillHoldsThePersonAndHowToGoOn() throws {
    let user = users[5]
    let result = try good(["forget", "--user", user])
    #expect(result.output == "Removed 12 ratings of user \(user).\n")
    #expect(
      result.errors
        == "note: user \(user) is still in version 1 of other (in service), version 1 of recommender "
        + "(rollback), version 2 of recommender (in service). To take the person out of these: "
        + "latent forget --user \(user) --everywhere\n")
    // The next training leaves the person out, which shows because the model differs.
    let training = try program.run(["train", "--publish", "--epochs", "2", "--quiet"])
    #expect(training.errors.contains("wrote version 3"), "\(training.errors)")
    #expect(!training.errors.contains("nothing changed"))
    try good(["models", "promote", "3"])
    let again = try good(["forget", "--user", user, "--format", "json"])
    let places = try rows(again)
    #expect(places.map { $0["result"] as? String } == ["removed", "held", "held", "held"])
    #expect(places[0]["ratings_removed"] as? Int == 0)
    #expect(places[3]["version"] as? Int == 2 && places[3]["status"] as? String == "rollback")
    let everywhere = try good(["forget", "--user", user, "--everywhere", "--format", "json"])
    #expect(try rows(everywhere).dropFirst().compactMap { $0["replaced_by"] as? Int } == [2, 4, 5])
    #expect(everywhere.errors.isEmpty)
    #expect(try files(with: user) == [])
    try good(["models", "rollback"])
    let list = try rows(good(["models", "list", "--format", "json"]))
    #expect(list.map { $0["version"] as? Int } == [3, 4, 5])
    #expect(list[2]["replaces"] as? Int == 2 && list[2]["status"] as? String == "in service")
    #expect(try good(["recommend", "--user", user]).errors.contains("does not know user"))
    let third = try good(["forget", "--user", user])
    #expect(third.errors.isEmpty)
  }

  @Test func nobodyIsForgottenByAMistypedId() throws {
    for everywhere in [[], ["--everywhere"]] {
      let result = try program.run(["forget", "--user", "persom-0-of-many"] + everywhere)
      #expect(result.exitCode == 1 && result.errors.contains("Did you mean person-0-of-many"))
    }
    for command in [["forget", "--everywhere"], ["forget"], ["export"]] {
      let elsewhere = try program.run(command + ["--user", users[0], "--models", "nowhere"])
      #expect(elsewhere.exitCode == 1 && elsewhere.errors.contains("there is no folder nowhere"))
    }
    let store = SQLiteStore(path: folder.path("latent.sqlite"))
    #expect(try store.forgottenUsers().isEmpty && store.summary().userCount == 160)
  }

  @Test func onePersonGoesFromTheDaemonToo() throws {
    let user = users[7]
    let running = try program.start(["serve", "--socket", folder.path("s.sock")])
    try #require(running.waitForErrors("serving recommender version 2"))
    func ask(_ request: String) throws -> String {
      try SocketClient(path: folder.path("s.sock")).ask(request)
    }
    #expect(try ask("RECOMMEND \(user) WITHRATED NOFALLBACK\n").contains("\"version\":2"))
    try good(["forget", "--user", user, "--everywhere"])
    try #require(running.waitForErrors("serving recommender version 4"))
    #expect(try ask("RECOMMEND \(user)\n").contains("\"fallback\":\"popularity\""))
    #expect(try ask("RECOMMEND \(user) NOFALLBACK\n").contains("UNKNOWN_USER"))
    try good(["models", "rollback"])
    try #require(running.waitForErrors("serving recommender version 3"))
    #expect(try ask("PREDICT \(user) m1\n").contains("UNKNOWN_USER"))
    running.send(SIGTERM)
    let result = running.finish()
    #expect(result.exitCode == 0 && !result.errors.contains(user))
  }

  @Test func nothingIsDoneWhileATrainingIsUnderWay() throws {
    let publisher = try Publisher(
      of: .usual, in: ModelRegistry(folder.path("latent-models"), forms: .recommenders),
      command: "latent train")
    let result = try program.run(["forget", "--user", users[0], "--everywhere"])
    #expect(result.exitCode == 1 && result.errors.contains("another training run is in progress"))
    withExtendedLifetime(publisher) {}
    #expect(try SQLiteStore(path: folder.path("latent.sqlite")).summary().userCount == 160)
  }

  @Test func aDamagedVersionIsNamedAndFails() throws {
    let path = folder.path("latent-models/other/versions/000001/model.safetensors")
    try FileManager.default.removeItem(atPath: path)
    try folder.write("nonsense", to: "latent-models/other/versions/000001/model.safetensors")
    let plain = try good(["forget", "--user", users[0]])
    #expect(plain.errors.contains("version 1 of other (in service) may hold user"))
    let result = try program.run(["forget", "--user", users[0], "--everywhere"])
    #expect(result.exitCode == 1)
    #expect(result.errors.contains("version 1 of other (in service) can't be read"))
    #expect(!result.errors.contains(".."))
    #expect(result.output.contains("Replaced version 2 of recommender"))
    // The unreadable file and the model beside it are left alone.
    #expect(
      try files(with: users[0]) == ["latent-models/other/versions/000001/judged.safetensors"])
  }

  @Test func aStoreThatIsNotUpToDateIsNotTakenForNone() throws {
    // The schema before the tables for forgotten users were added.
    try DatabaseQueue(path: folder.path("latent.sqlite")).write {
      try $0.execute(
        sql: """
          drop table forgotten_user; alter table store_settings drop column forgetting_key;
          drop table added_file; alter table store_settings drop column feedback;
          delete from migration where name >= '0002'
          """)
    }
    for command in [["forget", "--everywhere"], ["forget"], ["export"]] {
      let result = try program.run(command + ["--user", users[1]])
      #expect(result.exitCode == 1 && result.output.isEmpty, "\(command)")
      #expect(result.errors.contains("Run `latent migrate`"), "\(result.errors)")
    }
    try good(["recommend", "--user", users[1], "--include-rated"])
    try good(["migrate"])
    try good(["forget", "--user", users[1], "--everywhere"])
    #expect(try files(with: users[1]) == [])
  }

  /// Runs the program with file sizes limited to `bytes`.
  private func run(_ arguments: [String], filesUpTo bytes: Int) throws -> Program.Result {
    // An ignored signal stays ignored across exec.
    let script = "trap '' XFSZ; ulimit -f \(bytes / 512); exec \"$0\" \"$@\""
    return try Program(path: "/bin/sh", in: folder.path).run(
      ["-c", script, program.path] + arguments)
  }

  @Test func whatWasDoneIsSaidWhenTheRestFails() throws {
    let user = users[2]
    try good(["train", "--epochs", "1", "--factors", "400", "--name", "large"])
    let arguments = ["forget", "--user", user, "--everywhere"]
    // Smaller than the store and the model called large; larger than the other models and the log.
    let result = try run(arguments, filesUpTo: 120_000)
    #expect(result.exitCode == 1)
    #expect(result.output.contains("Removed 12 ratings of user \(user)"), "\(result.errors)")
    #expect(result.output.contains("Replaced version 2 of recommender (in service)"))
    #expect(result.errors.contains("version 1 of large still holds user \(user): "))
    #expect(result.errors.contains("the ratings are removed, but the id may remain"))
    #expect(!result.errors.contains("unchanged") && !result.errors.contains(".."))
    #expect(result.errors.contains("Run it again: latent forget --user \(user) --everywhere"))
    #expect(try good(["recommend", "--user", user]).errors.contains("does not know user"))
    try good(arguments)
    #expect(try files(with: user) == [])
  }

  @Test func nothingIsRemovedWhereTheRatingsCannotBe() throws {
    try FileManager.default.moveItem(
      atPath: folder.path("latent.sqlite"), toPath: folder.path("away"))
    let result = try program.run(["forget", "--user", users[2], "--everywhere"])
    #expect(result.exitCode == 1 && result.errors.contains("Nothing is removed yet"))
    #expect(result.errors.contains("Run it again: latent forget --user \(users[2]) --everywhere"))
    try FileManager.default.moveItem(
      atPath: folder.path("away"), toPath: folder.path("latent.sqlite"))
    #expect(try good(["export", "--user", users[2]]).output.contains("\"vector\""))
  }

  @Test func aModelBehindALinkIsScrubbedToo() throws {
    let elsewhere = try TemporaryFolder()
    let place = folder.path("latent-models/other")
    try FileManager.default.moveItem(atPath: place, toPath: elsewhere.path("other"))
    try FileManager.default.createSymbolicLink(
      atPath: place, withDestinationPath: elsewhere.path("other"))
    let result = try good(["forget", "--user", users[4], "--everywhere"])
    #expect(result.output.contains("Replaced version 1 of other (in service) by version 2"))
    let model = elsewhere.path("other/versions/000002/model.safetensors")
    let data = try Data(contentsOf: URL(fileURLWithPath: model))
    #expect(data.firstRange(of: Data(users[4].utf8)) == nil)
    #expect(data.firstRange(of: Data(users[6].utf8)) != nil)
    #expect(try files(with: users[4]) == [])
  }

  @Test func aFolderThatIsNamedAndNotThereIsNotNothing() throws {
    var program = program
    program.environment["LATENT_MODELS"] = "nowhere"
    for command in [["forget", "--everywhere"], ["forget"], ["export"]] {
      let result = try program.run(command + ["--user", users[0]])
      #expect(result.exitCode == 1 && result.errors.contains("Correct LATENT_MODELS"))
    }
    try FileManager.default.createSymbolicLink(
      atPath: folder.path("loop"), withDestinationPath: "loop")
    program.environment["LATENT_MODELS"] = "loop"
    let loop = try program.run(["forget", "--user", users[0], "--everywhere"])
    #expect(loop.exitCode == 1 && loop.errors.contains("can't access it"))
    try FileManager.default.moveItem(
      atPath: folder.path("latent-models"), toPath: folder.path("away"))
    let result = try good(["forget", "--user", users[0], "--everywhere"])
    #expect(result.errors == "note: there is no folder latent-models: no models were looked at\n")
  }

  @Test func whatMayHoldSomebodyUnknownIsDealtWith() throws {
    let checkpoint = folder.path("latent-models/other/checkpoint.safetensors")
    try Data("x".utf8).write(to: URL(fileURLWithPath: checkpoint))
    let plain = try program.run(["forget", "--user", "somebody-else"])
    #expect(plain.exitCode == 1 && plain.errors.contains("the checkpoint of other may hold user"))
    let result = try good(["forget", "--user", "somebody-else", "--everywhere"])
    #expect(result.output.contains("Removed the checkpoint of other."))
    #expect(result.errors.hasPrefix("warning: no user \"somebody-else\""))
    #expect(!FileManager.default.fileExists(atPath: checkpoint))
    #expect(try program.run(["forget", "--user", "another", "--everywhere"]).exitCode == 1)
  }

  @Test func aVersionWhoseIdsAreDamagedIsNamed() throws {
    let path = folder.path("latent-models/other/versions/000001/model.safetensors")
    var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    let file = try SafetensorsFile(path)
    let ends = try #require(file.tensor(named: "user_id_ends"))
    let stored: [UInt64] = try ends.copy()
    let pattern = stored.withUnsafeBytes { Data($0) }
    let range = try #require(bytes.firstRange(of: pattern))
    bytes.replaceSubrange(range, with: Data(repeating: 0xFF, count: range.count))
    try FileManager.default.removeItem(atPath: path)
    try bytes.write(to: URL(fileURLWithPath: path))
    let export = try good(["export", "--user", users[8]])
    #expect(export.errors.contains("version 1 of other can't be read, and may hold user"))
    let result = try good(["forget", "--user", users[8]])
    #expect(result.errors.contains("version 1 of other (in service) may hold user"))
  }

  @Test func anImportDoesNotBringThemBackUnlessThatIsSaid() throws {
    try good(["forget", "--user", users[3], "--everywhere"])
    let refused = try program.run(["import", "ratings.csv"])
    #expect(refused.exitCode == 1 && !refused.errors.contains(users[3]))
    #expect(refused.errors.contains("12 lines would bring back 1 forgotten user"))
    #expect(refused.errors.contains("ratings.csv, line "))
    #expect(try files(with: users[3]) == [])
    #expect(refused.errors.contains("--forgotten skip"))
    let without = try good(["import", "ratings.csv", "--forgotten", "skip"])
    #expect(
      without.output.contains(
        "1908 unchanged, 0 merged, 0 rejected, 12 of forgotten people skipped"))
    #expect(try files(with: users[3]) == [])
    let back = try good(["import", "ratings.csv", "--forgotten", "readmit"])
    #expect(back.errors.contains("1 person who had been forgotten comes back"))
    #expect(try good(["import", "ratings.csv"]).errors.isEmpty)
  }

  @Test func aTrainingThatMeetsThemInAQueryWarns() throws {
    let copy = try TemporaryFolder()
    let source = folder.path("latent.sqlite")
    _ = try SQLiteStore(path: source).forget(UserID("nobody"))  // empties the log into the file
    try FileManager.default.copyItem(atPath: source, toPath: copy.path("latent.sqlite"))
    let other = Program(in: copy.path)
    #expect(try other.run(["forget", "--user", users[0]]).exitCode == 0)
    let training = [
      "train", "--model", "popularity", "--quiet", "--ratings-query",
      "select user_id, item_id, value from rating union select '\(users[0])', 'm1', 3",
    ]
    let result = try other.run(training)
    #expect(result.exitCode == 0)
    #expect(result.errors.contains("warning: 1 of the 160 users was forgotten"))
    #expect(!result.errors.contains(users[0]))
  }

  @Test func allThatIsHeldOfAPersonIsExported() throws {
    let user = users[9]
    let result = try good(["export", "--user", user])
    let person = try #require(
      try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any])
    #expect(person["user"] as? String == user)
    let ratings = try #require(person["ratings"] as? [[String: Any]])
    #expect(ratings.count == 12)
    let one = try #require(ratings.first { $0["item"] as? String == "m1" })
    #expect(one["title"] as? String == "The One, Again" && one["rating"] as? Double == 2)
    let models = try #require(person["models"] as? [[String: Any]])
    // The served models, each with its judged counterpart.
    let names = ["other", "recommender", "recommender"]
    #expect(models.compactMap { $0["name"] as? String } == names.flatMap { [$0, $0] })
    #expect(
      models.compactMap { $0["role"] as? String } == names.flatMap { _ in ["model", "judged"] })
    #expect((models[2]["vector"] as? [Any])?.count == 50 && models[2]["bias"] is Double)
    #expect((models[4]["rated_items"] as? [Any])?.count == 12)
    let csv = try good(["export", "--user", user, "--format", "csv"]).output
    #expect(csv.split(separator: "\n").count == 1 + 12 + 6 * 13)
    #expect(csv.contains("\(user),store,,,,,,m1,\"The One, Again\",2.0,,,\n"))
    try good(["forget", "--user", user])
    let less = try good(["export", "--user", user]).output
    #expect(less.contains("\"ratings\" : [\n\n  ]") && less.contains("\"vector\""))
    try good(["forget", "--user", user, "--everywhere"])
    #expect(try program.run(["export", "--user", user]).exitCode == 1)
  }
}
