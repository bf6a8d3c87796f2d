import ArgumentParser
import ExplainedErrors
import Foundation
import Ratings

/// Which store a command works on.
struct StoreOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The ratings' store: sqlite:PATH or postgres://... (default: LATENT_STORE, else "
        + "sqlite:latent.sqlite).",
      valueName: "url"))
  var store: String?

  /// The store's URL: from the option, else the environment, else a file beside the caller.
  func location() throws(StoreError) -> StoreLocation {
    let named = store ?? ProcessInfo.processInfo.environment["LATENT_STORE"] ?? ""
    return try StoreLocation(named.isEmpty ? "sqlite:latent.sqlite" : named)
  }

  func validate() throws {
    guard let store else { return }
    do { _ = try StoreLocation(store) } catch {
      throw ValidationError("--store: \(error.problem). \(error.remedy)")
    }
  }
}
