import Foundation
import Ratings
import RatingsPostgres
import TestEnvironment
import Testing

/// A store in a database of its own, which is dropped when its owner goes.
final class PostgresFixture: StoreFixture {
  let url: String
  let store: any RatingsStore
  private let database = "latent_" + UUID().uuidString.lowercased().replacing("-", with: "")
  private let server: String

  init() throws {
    server = try Requirement.postgres.resolve()
    var components = try #require(URLComponents(string: server))
    components.path = "/" + database
    url = try #require(components.string)
    store = try PostgresStore(url: url)
    try PostgresConnection(url: server).execute("create database \(database)")
  }

  deinit {
    // Best effort: the server is a temporary one.
    try? PostgresConnection(url: server).execute("drop database \(database) with (force)")
  }

  func execute(_ sql: String) throws { try PostgresConnection(url: url).execute(sql) }
}
