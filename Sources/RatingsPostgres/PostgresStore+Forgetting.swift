package import Ratings

extension PostgresStore {
  package func forget(_ user: UserID) throws(StoreError) -> Int {
    try withConnectionAlone(.writing) { connection in
      let key = try connection.forgettingKey() ?? connection.makeForgettingKey()
      _ = try connection.query(
        "insert into latent.forgotten_user values ($1, $2) on conflict do nothing",
        [key.digest(of: user), Timestamp.now.description])
      let type = try settings(connection).userType
      guard let parameter = user.parameter(for: type) else { return 0 }
      return try connection.query("delete from latent.rating where user_id = $1", [parameter])
        .changedCount
    }
  }

  /// Does nothing: the server keeps the removed rows' bytes until the table is rewritten (`vacuum full`),
  /// and its write-ahead log and backups as long as they are kept.
  package func erase(_ user: UserID) throws(StoreError) {}

  package func forgottenUsers() throws(StoreError) -> ForgottenUsers {
    try withConnectionAlone(.reading) { try $0.forgottenUsers() }
  }
}

extension PostgresConnection {
  /// Who was forgotten.
  func forgottenUsers() throws -> ForgottenUsers {
    let rows = try query("select digest from latent.forgotten_user")
    return ForgottenUsers(
      key: try forgettingKey(), digests: (0..<rows.count).compactMap { rows.text($0, 0) })
  }

  /// The key of the digests; nil while nobody was forgotten.
  func forgettingKey() throws -> ForgettingKey? {
    try query("select forgetting_key from latent.store_settings").text(0, 0)
      .flatMap(ForgettingKey.init(hexadecimal:))
  }

  fileprivate func makeForgettingKey() throws -> ForgettingKey {
    let key = ForgettingKey()
    _ = try query("update latent.store_settings set forgetting_key = $1", [key.hexadecimal])
    return key
  }
}
