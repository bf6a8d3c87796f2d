import ArgumentParser
import Foundation

/// The number of threads that a command computes with.
struct ThreadOptions: ParsableArguments {
  @Option(help: "The number of threads; results do not depend on it (default: all cores).")
  private var threads: Int?

  /// The number of threads; by default the number of cores.
  var count: Int { threads ?? ProcessInfo.processInfo.activeProcessorCount }

  func validate() throws {
    guard (1...1024).contains(threads ?? 1) else {
      throw ValidationError("--threads must be from 1 to 1024.")
    }
  }
}
