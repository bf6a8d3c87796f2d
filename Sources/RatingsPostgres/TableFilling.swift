import Ratings

/// Filling of an empty ratings table. Its pairs arrive in order and need not be looked up. Its index by item,
/// whose entries would arrive out of order, is built at the end.
///
/// The table is locked meanwhile: others wait, and find it empty or full.
extension PostgresTransaction {
  package func finishWriting() throws {
    if let indexToRebuild { try connection.execute(indexToRebuild) }
    indexToRebuild = nil
  }

  /// Returns false if another session is using the table, or if another user owns it. Ratings are then
  /// written as to a table that is not empty.
  package func beginFilling() throws -> Bool {
    guard try tableIsEmpty() else { return false }
    let index = try connection.query(
      "select pg_get_indexdef(to_regclass('latent.rating_by_item'))"
    ).text(0, 0)
    try connection.execute("savepoint filling")
    do {
      try connection.execute("lock table latent.rating in access exclusive mode nowait")
      // Another session may have been faster.
      if try tableIsEmpty() {
        if index != nil { try connection.execute("drop index latent.rating_by_item") }
        indexToRebuild = index
        return true
      }
    } catch let failure as PostgresFailure
      where failure.isLockNotAvailable || failure.isForWantOfPrivilege
    {
      // Ratings are written as to a table that is not empty.
    }
    // This releases the lock as well.
    try connection.execute("rollback to savepoint filling")
    return false
  }

  private func tableIsEmpty() throws -> Bool {
    try connection.query("select not exists (select 1 from latent.rating)").text(0, 0) == "t"
  }
}

extension PostgresFailure {
  fileprivate var isLockNotAvailable: Bool { sqlState == "55P03" }
  fileprivate var isForWantOfPrivilege: Bool { sqlState == "42501" }
}
