package import Ratings

extension PostgresStore {
  package func readRatings(
    from source: RatingsSource, batchSize: Int, _ body: (borrowing RatingBatch) throws -> Void
  ) throws {
    precondition(batchSize > 0, "a batch of no rows")
    switch source {
    case .table:
      try withConnection(.reading) { connection in
        let settings = try settings(connection)
        guard let userType = settings.userType, let itemType = settings.itemType else { return }
        let layout = RatingLayout(
          userType: userType, itemType: itemType, value: .float, time: .microseconds)
        try read(
          connection, "select user_id, item_id, value, rated_at from latent.rating", layout,
          place: name, batchSize: batchSize, body)
      }
    case .query(let query):
      try withConnection(.readingForeign) { connection in
        let query = UserQuery(query, store: name)
        do {
          let (select, layout) = try query.prepare(connection)
          try read(connection, select, layout, place: query.place, batchSize: batchSize, body)
        } catch let failure as PostgresFailure {
          throw query.storeError(failure, at: address)
        }
      }
    }
  }

  private func read(
    _ connection: PostgresConnection, _ select: String, _ layout: RatingLayout, place: String,
    batchSize: Int, _ body: (borrowing RatingBatch) throws -> Void
  ) throws {
    var decoder = RatingDecoder(layout, place: place, batchSize: batchSize)
    try connection.copyOut("copy (\(select)) to stdout (format binary)") { piece in
      try decoder.decode(piece, body)
    }
    try decoder.finish(body)
  }
}
