import ArgumentParser
import Errors
import Foundation
import Ratings
import RatingsPostgres
import RatingsSQLite

/// Which store a command works on.
struct StoreOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The ratings' store: sqlite:PATH or postgres://... (default: LATENT_STORE, else "
        + "sqlite:latent.sqlite).",
      valueName: "url"))
  var store: String?

  @Option(
    help: ArgumentHelp(
      "Postgres: give up when the server says nothing for so long; 0: never.",
      valueName: "seconds"))
  var statementTimeout = PostgresStore.usualSilenceLimit

  /// Whether a store was named, by the option or the environment.
  var isNamed: Bool {
    do { return try StoreLocation.named(by: store) != nil } catch { return true }
  }

  /// The store's URL: from the option, else the environment, else a file beside the caller.
  func location() throws(StoreError) -> StoreLocation {
    if let named = try StoreLocation.named(by: store) { return named }
    return try StoreLocation("sqlite:latent.sqlite")
  }

  /// Whether the store is, or will be, the file at `path`.
  func isFile(_ path: String) throws(StoreError) -> Bool {
    let location = try location()
    func place(_ path: String) -> String { URL(fileURLWithPath: path).standardizedFileURL.path }
    return location.kind == .sqlite && place(location.unredacted) == place(path)
  }

  /// The store that is named. Connects only when something is asked of it.
  func open() throws -> any RatingsStore {
    let location = try location()
    return switch location.kind {
    case .sqlite: SQLiteStore(path: location.unredacted)
    case .postgres:
      try PostgresStore(url: location.unredacted, silenceLimit: statementTimeout)
    }
  }

  func validate() throws {
    guard (0...1_000_000).contains(statementTimeout) else {
      throw ValidationError("--statement-timeout must be from 0 to 1000000.")
    }
    guard let store else { return }
    do { _ = try StoreLocation(store) } catch {
      throw ValidationError("--store: \(error.problem). \(error.remedy)")
    }
  }
}
