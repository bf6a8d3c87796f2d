import Foundation

/// What some tests need from outside. A test that needs one asks for it with
/// `.enabled(if: Requirement.postgres.isMet, ...)`; with `CI` set every requirement counts as met,
/// so that a missing one fails the test rather than skip it.
package enum Requirement: Sendable {
  /// A PostgreSQL server: its URL in `LATENT_TEST_POSTGRES`, as `deploy/test` sets it.
  case postgres
  /// A data set of the named folder beneath `LATENT_DATA` or `../shared/data`.
  case dataSet(String)
  /// A program on the PATH, as `deploy/install-packages --for-tests` installs it.
  case program(String)

  /// Whether tests that need this should run: it is there, or `CI` is set and it has to be.
  package var isMet: Bool { isRequired || value != nil }

  /// The URL, or the path; throws ``Missing`` with the remedy when it is not there.
  package func resolve() throws -> String {
    guard let value else { throw Missing(description: howToGet) }
    return value
  }

  /// What to do to have it: for the reason of a skipped test.
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
