import Foundation
import RatingsPostgres

/// A new, empty database on the tests' PostgreSQL server, dropped when its owner is deallocated.
package final class TemporaryDatabase: Sendable {
  /// The database's URL.
  package let url: String
  private let name = "latent_" + UUID().uuidString.lowercased().replacing("-", with: "")
  private let server: String

  /// Creates the database. Throws ``Requirement/Missing`` if there is no server.
  package init() throws {
    server = try Requirement.postgres.resolve()
    guard var components = URLComponents(string: server) else {
      throw Requirement.Missing(description: "LATENT_TEST_POSTGRES is not a URL: \(server)")
    }
    components.path = "/" + name
    guard let url = components.string else {
      throw Requirement.Missing(description: "LATENT_TEST_POSTGRES is not a URL: \(server)")
    }
    self.url = url
    try PostgresConnection(url: server).execute("create database \(name)")
  }

  deinit {
    // Best effort: the server is a temporary one.
    try? PostgresConnection(url: server).execute("drop database \(name) with (force)")
  }
}
