import ArgumentParser
import Ratings

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
    try StoreLocation.named(by: store)?
      .open(lockTimeout: Self.lockTimeout, silenceLimit: Self.silenceLimit)
  }

  func validate() throws { try StoreLocation.check(option: store) }
}
