extension Metric {
  /// The metrics of the rating store; without values if there is none.
  static var ofStore: [Metric] {
    [
      ofStore("latent_store_up", .gauge, "Whether the store is available: 1 or 0.") {
        $0.problem == nil ? 1 : 0
      },
      ofStore(
        "latent_store_rating_changes_total", .counter, "Ratings written or deleted."
      ) { $0.statistics.changes.value },
      ofStore("latent_store_transactions_total", .counter, "Transactions that changed something.") {
        $0.statistics.transactions.value
      },
      ofStore("latent_store_ratings_waiting", .gauge, "Ratings waiting to be written now.") {
        $0.waitingCount
      },
      ofStore(
        "latent_store_failed_queries_total", .counter,
        "User look-ups for which the ratings query failed, answered by the models alone."
      ) { $0.failedQueries.count },
    ]
  }

  private static func ofStore(
    _ name: String, _ kind: Kind, _ help: String,
    _ value: @escaping @Sendable (LiveRatings) -> Int
  ) -> Metric {
    Metric(name, kind, help) { server in server.models.ratings.map { [Sample(value($0))] } ?? [] }
  }
}
