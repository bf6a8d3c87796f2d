import Foundation

/// An external requirement of some tests. A test declares it with `.enabled(if: Requirement.postgres.isMet, ...)`. If
/// `CI` is set, every requirement counts as met, so that a missing one fails the test instead of skipping it.
package enum Requirement: Sendable {
  /// A PostgreSQL server: its URL in `LATENT_TEST_POSTGRES`, as `deploy/test` sets it.
  case postgres
  /// The data set in the named folder of `LATENT_DATA` or `../shared/data`.
  case dataSet(String)
  /// A program on the PATH, as `deploy/install-packages --for-tests` installs it.
  case program(String)

  /// Whether tests that need this should run: it is available, or `CI` is set and it must be.
  package var isMet: Bool { isRequired || value != nil }

  /// Returns the URL or the path. Throws ``Missing`` with the remedy if it is not available.
  package func resolve() throws -> String {
    guard let value else { throw Missing(description: howToGet) }
    return value
  }

  /// How to obtain it: the reason given for a skipped test.
  package var howToGet: String {
    switch self {
    case .postgres:
      "needs a PostgreSQL server: run deploy/test, or set LATENT_TEST_POSTGRES to a URL"
    case .dataSet(let name):
      "needs the data set \(name): put it beneath a folder and set LATENT_DATA to that folder"
    case .program(let name):
      "needs the program \(name): run deploy/install-packages --for-tests"
    }
  }

  /// A requirement that is not met.
  package struct Missing: Error, CustomStringConvertible {
    package let description: String
  }

  private var isRequired: Bool { ProcessInfo.processInfo.environment["CI"] != nil }

  private var value: String? {
    let environment = ProcessInfo.processInfo.environment
    switch self {
    case .postgres:
      return environment["LATENT_TEST_POSTGRES"]
    case .dataSet(let name):
      let root = environment["LATENT_DATA"] ?? ProjectFolder.path + "/../shared/data"
      let path = root + "/" + name
      return FileManager.default.fileExists(atPath: path) ? path : nil
    case .program(let name):
      return (environment["PATH"] ?? "").split(separator: ":").map { "\($0)/\(name)" }
        .first { FileManager.default.isExecutableFile(atPath: $0) }
    }
  }
}

/// The root of the checkout that the tests were built from.
package enum ProjectFolder {
  /// Its absolute path.
  package static let path: String = {
    // This file is Tests/TestEnvironment/Requirements.swift.
    URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
  }()

  /// The path of a file in `fixtures`.
  package static func fixture(_ name: String) -> String { path + "/fixtures/" + name }
}
