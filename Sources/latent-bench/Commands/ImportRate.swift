import ArgumentParser
import Foundation
import Ratings

/// `latent-bench import`: imports ratings files into new and filled stores, compared to the databases' own importers.
struct ImportRate: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "import",
    abstract: "Rows per second of `latent import`, against sqlite3's .import and psql's \\copy.",
    discussion: """
      Each round imports a file of ratings in random order into a new store, a second file of a \
      fifth as many other ratings into the same store, and the first file again. The peers read \
      the first two files into tables with the same key and indexes, which hold the same rows in \
      the end, except for the unit of times. They do so twice: directly into the keyed table \
      (`.import`, `\\copy`), and through a temporary table without a key, from which the rows are \
      inserted in key order (`staged`). The SQLite peer uses Latent's page cache size and journal \
      mode.
      """)

  @Option(help: "Ratings in the file.")
  var ratings = 5_000_000

  @Option(help: "Alternating runs of each side, each into a new store.")
  var rounds = 3

  @Option(
    help: ArgumentHelp(
      "A Postgres server, on which two databases are created and dropped: postgres://...",
      valueName: "url"))
  var postgres: String?

  func validate() throws {
    guard ratings >= 1000, rounds >= 1 else {
      throw ValidationError("--ratings must be at least 1000, --rounds at least 1.")
    }
  }

  func run() throws {
    let folder = try ScratchFolder()
    let files = try ImportedFiles(folder, count: ratings)
    let report = Report(conditions: ["rows": String(ratings)])
    try measure(SQLiteImports(folder), files, report, "sqlite", bar: .atLeast(2.5))
    if let postgres {
      try measure(PostgresImports(postgres), files, report, "postgres", bar: .atLeast(1.5))
    }
  }

  private func measure(
    _ sides: any ImportSides, _ files: ImportedFiles, _ report: Report, _ store: String,
    bar: Report.Bar
  ) throws {
    var own = ImportRates()
    var straight = ImportRates()
    var staged = ImportRates()
    var peerIsThere = true
    for round in 1...rounds {
      Progress.say("\(store), round \(round) of \(rounds)")
      let location = try sides.newStore()
      func latent(_ file: ImportedFiles.File) throws -> Double {
        let importing = try timed {
          try ChildProgram(
            ChildProgram.sibling("latent"), ["import", file.path, "--store", location]
          ).finish()
        }
        return Double(file.count) / importing.seconds
      }
      own.new.append(try latent(files.first))
      own.filled.append(try latent(files.second))
      own.again.append(try latent(files.first))
      do {
        guard peerIsThere else { continue }
        for isStaged in [false, true] {
          try sides.newTable()
          func peer(_ file: ImportedFiles.File) throws -> Double {
            Double(file.count)
              / (try timed { try sides.load(file.path, isStaged: isStaged) }.seconds)
          }
          let (new, filled) = (try peer(files.first), try peer(files.second))
          if isStaged {
            staged.add(new: new, filled: filled)
          } else {
            straight.add(new: new, filled: filled)
          }
        }
      } catch let failure as ChildFailure {
        Progress.say("skipping the peer: \(failure)")
        peerIsThere = false
      }
    }
    let name = "import.\(store)"
    func compare(_ figure: String, _ rates: KeyPath<ImportRates, [Double]>, _ bar: Report.Bar)
      throws
    {
      let samples = Samples(own[keyPath: rates])
      try report.write(figure, samples, unit: "rows/s")
      guard peerIsThere else { return }
      for (peer, peerRates, bar) in [(sides.peer, straight, bar), ("staged", staged, nil)] {
        let peerSamples = Samples(peerRates[keyPath: rates])
        try report.write(figure, side: peer, peerSamples, unit: "rows/s")
        try report.writeRatio(figure, of: samples, to: (peer, peerSamples), bar: bar)
      }
    }
    try compare(name + ".new", \.new, bar)
    try compare(name + ".filled", \.filled, .atLeast(1))
    try report.compare(
      name + ".again", Samples(own.again), with: [("new", Samples(own.new))], unit: "rows/s",
      bar: .atLeast(1))
  }
}

/// Rows per second into a new store, into a filled one, and of rows that already exist.
private struct ImportRates {
  var new: [Double] = []
  var filled: [Double] = []
  var again: [Double] = []

  mutating func add(new: Double, filled: Double) {
    self.new.append(new)
    self.filled.append(filled)
  }
}

/// Two files of synthetic ratings that share no pair.
private struct ImportedFiles {
  struct File {
    let path: String
    let count: Int
  }

  let first: File
  let second: File

  /// Writes `count` ratings to the first file and a fifth as many to the second.
  init(_ folder: ScratchFolder, count: Int) throws {
    first = File(path: folder.path("ratings.csv"), count: count)
    second = File(path: folder.path("further.csv"), count: count / 5)
    Progress.say("writing \(first.count) and \(second.count) ratings")
    var files = try [first, second].map {
      try CSVFile(path: $0.path, header: CSVFile.ratingsHeader)
    }
    var written = 0
    try SyntheticRatings.likeMovieLens(count: first.count + second.count).forEachBatch { batch in
      for position in 0..<batch.count {
        try files[written < first.count ? 0 : 1].write(batch[position])
        written += 1
      }
    }
    for position in files.indices { try files[position].finish() }
  }
}

/// A kind of store, and its database's own importer.
private protocol ImportSides {
  /// The name of the importer.
  var peer: String { get }
  /// Returns the location of a store that does not exist yet.
  func newStore() throws -> String
  /// Creates the peer's table, empty.
  func newTable() throws
  /// Loads a file into the peer's table.
  func load(_ path: String, isStaged: Bool) throws
}

private struct SQLiteImports: ImportSides {
  let peer = ".import"
  private let folder: ScratchFolder
  private let columns =
    "user_id integer not null, item_id integer not null, value real not null, rated_at integer"

  init(_ folder: ScratchFolder) { self.folder = folder }

  func newStore() throws -> String {
    try remove("store.sqlite")
    return "sqlite:" + folder.path("store.sqlite")
  }

  func newTable() throws {
    try remove("peer.sqlite")
    try sqlite3([
      "pragma journal_mode = wal",
      "create table rating (\(columns), primary key (user_id, item_id)) strict, without rowid",
      "create index rating_by_item on rating (item_id)",
    ])
  }

  func load(_ path: String, isStaged: Bool) throws {
    let settings = "pragma cache_size = -65536"
    try sqlite3(
      isStaged
        ? [
          settings, "create temporary table stage (\(columns))", ".mode csv",
          ".import --skip 1 --schema temp \"\(path)\" stage",
          "insert into rating select * from stage order by user_id, item_id",
        ] : [settings, ".mode csv", ".import --skip 1 \"\(path)\" rating"])
  }

  private func sqlite3(_ commands: [String]) throws {
    _ = try ChildProgram(command: "sqlite3", ["-bail", folder.path("peer.sqlite")] + commands)
      .finish()
  }

  private func remove(_ name: String) throws {
    for suffix in ["", "-wal", "-shm"] { unlink(folder.path(name + suffix)) }
  }
}

private final class PostgresImports: ImportSides {
  let peer = "\\copy"
  private let server: String
  private let store: String
  private let table: String
  private let removal: Cleanup.Token
  private static let columns =
    "user_id bigint not null, item_id bigint not null, value real not null, rated_at bigint"

  /// Uses databases of its own on the server at `url`.
  init(_ url: String) throws {
    func database(_ name: String) throws -> String {
      guard var parts = URLComponents(string: url), parts.scheme != nil else {
        throw ValidationError("--postgres must be a URL: postgres://user@host/database")
      }
      parts.path = "/" + name
      return parts.string ?? url
    }
    server = url
    store = try database("latent_bench_store")
    table = try database("latent_bench_peer")
    removal = Cleanup.register { try? Self.drop(on: url) }
  }

  deinit { Cleanup.run(removal) }

  func newStore() throws -> String {
    try Self.drop(on: server)
    for name in Self.databases { try Self.psql(server, ["create database \(name)"]) }
    return store
  }

  func newTable() throws {
    try Self.psql(
      table,
      [
        "set client_min_messages = warning; drop table if exists rating",
        "create table rating (\(Self.columns), primary key (user_id, item_id))",
        "create index rating_by_item on rating (item_id)",
      ])
  }

  func load(_ path: String, isStaged: Bool) throws {
    let from = "from '\(path)' with (format csv, header)"
    try Self.psql(
      table,
      isStaged
        ? [
          "create temporary table stage (\(Self.columns))", "\\copy stage \(from)",
          "insert into rating select * from stage order by user_id, item_id",
        ] : ["\\copy rating \(from)"])
  }

  private static let databases = ["latent_bench_store", "latent_bench_peer"]

  private static func drop(on server: String) throws {
    for name in databases {
      try psql(
        server,
        ["set client_min_messages = warning", "drop database if exists \(name) with (force)"])
    }
  }

  private static func psql(_ url: String, _ commands: [String]) throws {
    let flags = ["-X", "-q", "-v", "ON_ERROR_STOP=1", url]
    _ = try ChildProgram(command: "psql", flags + commands.flatMap { ["-c", $0] }).finish()
  }
}
