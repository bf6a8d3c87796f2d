import ArgumentParser
import Foundation

/// How many threads a command computes with.
struct ThreadOptions: ParsableArguments {
  @Option(help: "Threads to compute with; the result does not depend on it (default: all cores).")
  private var threads: Int?

  /// As many as were asked for, else as there are cores.
  var count: Int { threads ?? ProcessInfo.processInfo.activeProcessorCount }

  func validate() throws {
    guard (1...1024).contains(threads ?? 1) else {
      throw ValidationError("--threads must be from 1 to 1024.")
    }
  }
}
