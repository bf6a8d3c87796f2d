import ArgumentParser
import Ratings

/// `latent migrate`
struct Migrate: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Makes a store or brings its tables up to date.",
    discussion: """
      Each migration is a transaction of its own. On a store that is up to date it does nothing; \
      `latent import` does the same before it reads.
      """)

  @Flag(help: "Only name the migrations that would be applied.")
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
