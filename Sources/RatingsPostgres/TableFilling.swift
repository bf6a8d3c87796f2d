import Ratings

/// Filling the empty table of ratings: its pairs come in order and need not be looked for, and its index
/// by item, whose entries would come in no order, is built from all of them in the end.
///
/// Nobody else sees the table meanwhile; whoever asks waits, and finds it empty or full.
extension PostgresTransaction {
  package func finishWriting() throws {
    if let indexToRebuild { try connection.execute(indexToRebuild) }
    indexToRebuild = nil
  }

  /// The table is not taken for empty where somebody else is at
  /// it, or where it belongs to another user: then ratings are written as into one that is filled.
  package func beginFilling() throws -> Bool {
    guard try tableIsEmpty() else { return false }
    let index = try connection.query(
      "select pg_get_indexdef(to_regclass('latent.rating_by_item'))"
    ).text(0, 0)
    try connection.execute("savepoint filling")
    do {
      try connection.execute("lock table latent.rating in access exclusive mode nowait")
      // Somebody may have been faster.
      if try tableIsEmpty() {
        if index != nil { try connection.execute("drop index latent.rating_by_item") }
        indexToRebuild = index
        return true
      }
    } catch let failure as PostgresFailure
      where failure.isLockNotAvailable || failure.isForWantOfPrivilege
    {
      // Ratings are written as into a filled table.
    }
    // This gives the lock back, too.
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
