import ArgumentParser
import Daemon
import Ratings

/// The store that the daemon writes ratings to and reads recent ratings from.
struct LiveStoreOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Write ratings to this store (RATE), and use the ratings that users have left there since the training: sqlite:PATH or "
        + "postgres://... (default: LATENT_STORE, else none).",
      valueName: "url"))
  var store: String?

  @Option(
    help: ArgumentHelp(
      "Also use ratings from your own tables: a select of user, item and optionally value and time, with an index to find a user.",
      valueName: "sql"))
  var ratingsQuery: String?

  /// The lock timeout and the limit on a server's silence, in seconds; clients wait meanwhile.
  private static let lockTimeout = 1.0
  private static let silenceLimit = 5

  /// Returns the store that was named; nil if none was. Connects on first use.
  func open() throws -> LiveStore? {
    guard let location = try StoreLocation.named(by: store) else {
      guard ratingsQuery == nil else {
        throw ValidationError("--ratings-query needs the --store that it queries.")
      }
      return nil
    }
    let store = try location.open(lockTimeout: Self.lockTimeout, silenceLimit: Self.silenceLimit)
    return try LiveStore(
      store, reading: try ratingsQuery.map { try RatingsQuery($0, store: store.name) })
  }

  func validate() throws { try StoreLocation.check(option: store) }
}
