import ArgumentParser
import Daemon
import Ratings

/// The store that the daemon writes ratings to and goes by.
struct LiveStoreOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Keep ratings in the store (RATE), and go by what users have left there since the training: sqlite:PATH or "
        + "postgres://... (default: LATENT_STORE, else none).",
      valueName: "url"))
  var store: String?

  @Option(
    help: ArgumentHelp(
      "Go by the ratings of tables of your own as well: a select of user, item and maybe value and time, which finds a user by an index.",
      valueName: "sql"))
  var ratingsQuery: String?

  /// How long a writer waits for another one, and how long a server may say nothing, in seconds: clients wait meanwhile.
  private static let lockTimeout = 1.0
  private static let silenceLimit = 5

  /// The store that was named, if one was. Connects only when something is asked of it.
  func open() throws -> LiveStore? {
    guard let location = try StoreLocation.named(by: store) else {
      guard ratingsQuery == nil else {
        throw ValidationError("--ratings-query needs the --store that it asks.")
      }
      return nil
    }
    let store = try location.open(lockTimeout: Self.lockTimeout, silenceLimit: Self.silenceLimit)
    return try LiveStore(
      store, reading: try ratingsQuery.map { try RatingsQuery($0, store: store.name) })
  }

  func validate() throws { try StoreLocation.check(option: store) }
}
