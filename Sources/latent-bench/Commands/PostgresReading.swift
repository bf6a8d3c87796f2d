import ArgumentParser
import Foundation
import Interactions
import Ratings
import RatingsPostgres

/// `latent-bench postgres`: reads ratings from Postgres, decodes and indexes them.
struct PostgresReading: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "postgres",
    abstract: "Rows per second read from Postgres, compared to psql's binary copy.",
    discussion: """
      The peer is `psql -c "copy (...) to stdout (format binary)" > /dev/null` of the same rows. \
      Without --fill, the store's own ratings are read; with it, a table of synthetic ones in the \
      schema latent_bench, which is dropped at the end.
      """)

  @Option(help: ArgumentHelp("The database: postgres://...", valueName: "url"))
  var store: String

  @Option(help: ArgumentHelp("Generate this many ratings and read them.", valueName: "rows"))
  var fill: Int?

  @Option(help: "Runs of each side, in turn.")
  var rounds = 5

  func validate() throws {
    guard rounds >= 1, fill ?? 1 >= 1 else {
      throw ValidationError("--rounds and --fill must be at least 1.")
    }
  }

  func run() throws {
    let table = try fill.map { try MadeTable(in: store, rowCount: $0) }
    let columns = "select user_id, item_id, value, rated_at from "
    let query = columns + (table == nil ? "latent.rating" : MadeTable.name)
    let source = table == nil ? RatingsSource.table : .query(query)
    let postgres = try PostgresStore(url: store)
    var decoded: [Double] = []
    var indexed: [Double] = []
    var copied: [Double] = []
    var rowCount = 0
    for round in 1...rounds {
      Progress.say("round \(round) of \(rounds)")
      let decoding = try timed { try count(postgres, source) }
      rowCount = decoding.result
      guard rowCount > 0 else {
        throw ChildFailure(description: "\(postgres.name) has no ratings; use --fill 5000000")
      }
      decoded.append(Double(rowCount) / decoding.seconds)
      indexed.append(Double(rowCount) / (try timed { try index(postgres, source) }.seconds))
      if let seconds = try copySeconds(query) { copied.append(Double(rowCount) / seconds) }
    }
    let report = Report(conditions: ["rows": String(rowCount)])
    let unit = "rows/s"
    try report.write("postgres.decoded", Samples(decoded), unit: unit)
    try report.write("postgres.indexed", Samples(indexed), unit: unit)
    guard !copied.isEmpty else { return }
    let peer = ("psql", Samples(copied))
    try report.write("postgres.copied", side: peer.0, peer.1, unit: unit)
    try report.writeRatio("postgres.decoded", of: Samples(decoded), to: peer)
    try report.writeRatio("postgres.indexed", of: Samples(indexed), to: peer, bar: .atLeast(0.8))
  }

  /// Decodes all rows and discards them.
  private func count(_ store: PostgresStore, _ source: RatingsSource) throws -> Int {
    var count = 0
    try store.readRatings(from: source) { count += $0.count }
    return count
  }

  /// Reads all rows into a table, as training does.
  private func index(_ store: PostgresStore, _ source: RatingsSource) throws -> InteractionTable {
    var builder = InteractionTableBuilder()
    try store.readRatings(from: source) { try builder.append($0) }
    return builder.finish()
  }

  private func copySeconds(_ query: String) throws -> Double? {
    do {
      return try timed {
        // The redirection comes first, because the arguments are appended to the command.
        try ChildProgram(
          command: ">/dev/null psql",
          ["-X", store, "-c", "copy (\(query)) to stdout (format binary)"]
        ).finish()
      }.seconds
    } catch let failure as ChildFailure {
      Progress.say("skipping the peer: \(failure)")
      return nil
    }
  }
}

/// A table of synthetic ratings in a schema of its own; dropped when its owner is deallocated.
private final class MadeTable {
  static let name = "latent_bench.rating"
  private let removal: Cleanup.Token

  /// Creates and fills the table: one user per hundred ratings, one item per thousand, unordered.
  init(in url: String, rowCount: Int) throws {
    @Sendable func psql(_ statement: String) throws {
      let flags = ["-X", "-q", "-v", "ON_ERROR_STOP=1", url, "-c", statement]
      _ = try ChildProgram(command: "psql", flags).finish()
    }
    removal = Cleanup.register {
      // An interrupted program may still be reading the table; end its sessions first.
      try? psql(
        """
        set client_min_messages = warning;
        select pg_terminate_backend(pid) from pg_locks
        where relation = to_regclass('\(Self.name)') and pid <> pg_backend_pid();
        drop schema if exists latent_bench cascade
        """)
    }
    Progress.say("filling \(Self.name) with \(rowCount) rows")
    try psql(
      """
      set client_min_messages = warning; drop schema if exists latent_bench cascade;
      create schema latent_bench
      """)
    try psql(
      """
      create table \(Self.name) (
        user_id bigint not null, item_id bigint not null, value real not null, rated_at bigint)
      """)
    try psql(
      """
      insert into \(Self.name)
      select floor(random() ^ 2 * \(max(1, rowCount / 100))),
        floor(random() ^ 3 * \(max(1, rowCount / 1000))), 1 + floor(random() * 5), number::bigint * 1000000
      from generate_series(1, \(rowCount)) as number
      """)
    try psql("vacuum analyze \(Self.name)")
  }

  deinit { Cleanup.run(removal) }
}
