import ArgumentParser
import Errors
import Foundation
import Ratings
import RatingsPostgres
import RatingsSQLite

/// The store that a command works on.
struct StoreOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The store of the ratings: sqlite:PATH or postgres://... (default: LATENT_STORE, else "
        + "sqlite:latent.sqlite).",
      valueName: "url"))
  var store: String?

  @Option(
    help: ArgumentHelp(
      "PostgreSQL: give up when the server has not responded for this long; 0: never.",
      valueName: "seconds"))
  var statementTimeout = PostgresStore.usualSilenceLimit

  /// Whether the option or the environment names a store.
  var isNamed: Bool {
    do { return try StoreLocation.named(by: store) != nil } catch { return true }
  }

  /// Returns the store's URL from the option, else the environment, else a file in the working directory.
  func location() throws(StoreError) -> StoreLocation {
    if let named = try StoreLocation.named(by: store) { return named }
    return try StoreLocation("sqlite:latent.sqlite")
  }

  /// Returns whether the store is, or will be, the file at `path`.
  func isFile(_ path: String) throws(StoreError) -> Bool {
    let location = try location()
    func place(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }
    return location.kind == .sqlite && place(location.unredacted) == place(path)
  }

  /// Returns the store that is named. Connects on first use.
  func open() throws -> any RatingsStore {
    try location().open(silenceLimit: statementTimeout)
  }

  func validate() throws {
    guard (0...1_000_000).contains(statementTimeout) else {
      throw ValidationError("--statement-timeout must be from 0 to 1000000.")
    }
    try StoreLocation.check(option: store)
  }
}

extension StoreLocation {
  /// Returns the store that `--store` or the environment names; nil if neither does.
  static func named(by option: String?) throws(StoreError) -> StoreLocation? {
    let named = option ?? ProcessInfo.processInfo.environment["LATENT_STORE"] ?? ""
    return named.isEmpty ? nil : try StoreLocation(named)
  }

  /// Throws a usage error if `--store` is given but is not a store's URL.
  static func check(option: String?) throws {
    guard let option else { return }
    do { _ = try StoreLocation(option) } catch {
      throw ValidationError("--store: \(error.problem). \(error.remedy)")
    }
  }

  /// Returns the store there. Connects on first use. Writers wait `lockTimeout` seconds for one another, and a server
  /// may stay silent for `silenceLimit` seconds.
  func open(lockTimeout: Double = 30, silenceLimit: Int) throws(StoreError) -> any RatingsStore {
    switch kind {
    case .sqlite: SQLiteStore(path: unredacted, lockTimeout: lockTimeout)
    case .postgres:
      try PostgresStore(url: unredacted, lockTimeout: lockTimeout, silenceLimit: silenceLimit)
    }
  }
}
