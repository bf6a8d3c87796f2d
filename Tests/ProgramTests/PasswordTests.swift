import Foundation
import Ratings
import RatingsPostgres
import TestEnvironment
import Testing

/// Tests that a password in a store's address appears nowhere: not in messages, nor in files left behind.
struct PasswordTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private static let canary = "s3cretcanary"

  /// Stores that can't be reached, or are not stores, each with the password in it.
  private static let stores = [
    "postgres://ann:s3cretcanary@127.0.0.1:1/db", "postgres://ann:a@s3cretcanary@127.0.0.1:1/db",
    "postgres://ann:a/s3cretcanary@127.0.0.1:1/db", "postgres://ann:s3cretcanary",
    "postgres://127.0.0.1:1/db?user=ann&password=s3cretcanary",
    "postgresql://ann@127.0.0.1:1/db?sslpassword=s3cretcanary&sslmode=require",
    "postgres://127.0.0.1:1/db?p%61ssword=s3cretcanary",
    "postgres://127.0.0.1:1/db?passwd=s3cretcanary",
    "postgres://127.0.0.1:1/db?password=a@s3cretcanary",
    "host=127.0.0.1 port=1 user=ann password=s3cretcanary",
    "host=127.0.0.1 password='a s3cretcanary'", "mysql://ann:s3cretcanary@127.0.0.1/db",
    "sqlite:postgres://ann:s3cretcanary@127.0.0.1:1/db", "sqlite://ann:s3cretcanary@127.0.0.1/db",
    "sqlite:host=127.0.0.1 password=s3cretcanary", "sqlite:latent.sqlite?password=s3cretcanary",
    "sqlite:ann:s3cretcanary@h", "ann:s3cretcanary@h/db",
  ]

  private static let commands = [
    ["users"], ["items"], ["import", "ratings.csv"], ["migrate"], ["train"], ["find-rate"],
    ["ratings", "--user", "1"], ["forget", "--user", "1"], ["recommend", "--user", "1"],
    ["similar", "--item", "1"], ["predict", "--user", "1", "--item", "1"],
  ]

  @Test(arguments: stores) func noMessageShowsIt(store: String) throws {
    try folder.write("1,1,5\n", to: "ratings.csv")
    let program = Program(in: folder.path)
    var environment = program
    environment.environment["LATENT_STORE"] = store
    for command in Self.commands {
      for result in [
        try program.run(command + ["--store=" + store]), try environment.run(command),
      ] {
        #expect(![0, 3].contains(result.exitCode), "\(command)")
        let said = result.errors + result.output
        #expect(!said.contains(Self.canary), "\(command): \(said)")
      }
    }
    try expectNoFileShowsIt()
  }

  /// The address in the wrong place, where the parser's messages repeat it.
  @Test(arguments: stores)
  func usageErrorsDoNotShowIt(store: String) throws {
    let program = Program(in: folder.path)
    for command in [
      [store], ["users", store], ["users", "--stoer", store], ["users", "--count", store],
      ["users", "--count=" + store], ["train", "--split", store], ["train", "--factors", store],
      ["users", "--user=" + store], ["help", store], ["models", store], ["import", store],
      ["train", "--format=" + store],
      ["train", "--plot", store], ["import", "x.csv", "--scale", store],
    ] {
      let result = try program.run(command)
      #expect(result.exitCode != 0)
      let said = result.errors + result.output
      #expect(!said.contains(Self.canary), "\(command): \(said)")
    }
  }

  @Test(.enabled(if: Requirement.postgres.isMet, "\(Requirement.postgres.howToGet)"))
  func noFileNorRecordShowsIt() throws {
    let database = try TemporaryDatabase()
    // The server trusts everybody and ignores the password.
    let url = database.url + "?password=\(Self.canary)&application_name=x"
    let program = Program(in: folder.path)
    #expect(
      try program.run(["import", ProjectFolder.fixture("catalogue"), "--store", url]).exitCode == 0)
    // The lock file is examined while it is held, too: the query waits until the test is done.
    let held = try program.start([
      "train", "--store", url, "--ratings-query",
      "select 1, 1, pg_sleep(600)::text::float4 from (select 'password=\(Self.canary)') as x",
    ])
    let lock = folder.path("latent-models/.training.lock")
    while (try? Data(contentsOf: URL(fileURLWithPath: lock)))?.last != UInt8(ascii: "\n") {
      try #require(held.isRunning, "\(held.finish().errors)")
    }
    let second = try program.run(["train", "--store", url])
    #expect(second.exitCode == 1)
    #expect(second.errors.contains("process \(held.identifier)"))
    #expect(second.errors.contains("password=***"), "\(second.errors)")
    #expect(!second.errors.contains(Self.canary))
    let mode = try FileManager.default.attributesOfItem(atPath: lock)[.posixPermissions] as? Int
    #expect(mode == 0o600)
    try expectNoFileShowsIt()
    held.send(SIGKILL)
    _ = held.finish()
    for arguments in [["--publish"], ["--learning-rate", "9", "--range", "none"]] {
      let result = try program.run(["train", "--store", url] + arguments)
      #expect(!(result.errors + result.output).contains(Self.canary), "\(result.errors)")
    }
    try expectNoFileShowsIt()
    let runs = try PostgresConnection(url: database.url).query(
      "select record from latent.training_run")
    #expect(runs.count == 2)
    for run in 0..<runs.count { #expect(runs.text(run, 0)?.contains(Self.canary) == false) }
  }

  /// Passwords in a query, part of which the store's message quotes.
  @Test func noMessageAboutAQueryShowsIt() throws {
    let program = Program(in: folder.path)
    try #require(try program.run(["import", ProjectFolder.fixture("catalogue")]).exitCode == 0)
    var stores = ["sqlite:latent.sqlite"]
    let database = Requirement.postgres.isMet ? try TemporaryDatabase() : nil
    if let database {
      stores.append(database.url)
      let ready = try program.run([
        "import", ProjectFolder.fixture("catalogue"), "--store", database.url,
      ])
      try #require(ready.exitCode == 0, "\(ready.errors)")
    }
    for store in stores {
      for query in [
        "select user_id, item_id, 'host=h password=\(Self.canary)'::float4 from rating",
        "select 1, 2, 'host=h password=\(Self.canary)'::float4",
        "select 1, 2, 'postgres://u:\(Self.canary)@h/db'::int",
        "select 1, 2, 3 from \"postgres://u:\(Self.canary)@h/db\" where x = 'a@b'",
        "select 1, 2, 'ann:\(Self.canary)@h/db'::int",
      ] {
        let result = try program.run(["train", "--ratings-query", query, "--store", store])
        #expect(result.exitCode == 1)
        #expect(!(result.errors + result.output).contains(Self.canary), "\(result.errors)")
      }
    }
    withExtendedLifetime(database) {}
  }

  private func expectNoFileShowsIt() throws {
    let files = try #require(FileManager.default.enumerator(atPath: folder.path))
    for case let name as String in files {
      guard let data = FileManager.default.contents(atPath: folder.path(name)) else { continue }
      #expect(data.range(of: Data(Self.canary.utf8)) == nil, "\(name)")
      #expect(!name.contains(Self.canary))
    }
  }
}
