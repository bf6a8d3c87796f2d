import ArgumentParser
import Ratings

/// `latent migrate`
struct Migrate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Create a store or migrate its tables to the current schema.",
    discussion: """
      Each migration is its own transaction. Does nothing if the store is up to date; \
      `latent import` migrates the store, too, before it reads.
      """)

  @Flag(help: "Only list the migrations that would be applied.")
  var dryRun = false
  @OptionGroup var store: StoreOptions
  @OptionGroup var output: OutputOptions

  func run() throws {
    let store = try store.open()
    let migrations = try store.pendingMigrations()
    if !dryRun { try store.making { _ in } }
    guard output.format != .table || !migrations.isEmpty else {
      return try StandardOutput.write("\(store.name) is up to date.\n")
    }
    var table = ResultTable(["migration", "status"])
    for migration in migrations {
      table.append([.text(migration), .text(dryRun ? "pending" : "applied")])
    }
    try table.write(as: output.format)
  }
}
