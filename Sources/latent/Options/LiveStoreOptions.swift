import ArgumentParser
import Errors
import Foundation
import Ratings
import RatingsPostgres
import RatingsSQLite

/// The store that the daemon writes ratings to and goes by.
struct LiveStoreOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Keep ratings in the store (RATE), and go by what users have left there since the training: sqlite:PATH or "
        + "postgres://... (default: LATENT_STORE, else none).",
      valueName: "url"))
  var store: String?

  /// How long a writer waits for another one, and how long a server may say nothing, in seconds: clients wait meanwhile.
  private static let lockTimeout = 1.0
  private static let silenceLimit = 5

  /// The store that was named, if one was. Connects only when something is asked of it.
  func open() throws -> (any RatingsStore)? {
    guard let location = try StoreLocation.named(by: store) else { return nil }
    return switch location.kind {
    case .sqlite: SQLiteStore(path: location.unredacted, lockTimeout: Self.lockTimeout)
    case .postgres:
      try PostgresStore(
        url: location.unredacted, lockTimeout: Self.lockTimeout, silenceLimit: Self.silenceLimit)
    }
  }

  func validate() throws {
    guard let store else { return }
    do { _ = try StoreLocation(store) } catch {
      throw ValidationError("--store: \(error.problem). \(error.remedy)")
    }
  }
}

extension StoreLocation {
  /// The store that an option or the environment names; nil where neither does.
  static func named(by option: String?) throws(StoreError) -> StoreLocation? {
    let named = option ?? ProcessInfo.processInfo.environment["LATENT_STORE"] ?? ""
    return named.isEmpty ? nil : try StoreLocation(named)
  }
}
