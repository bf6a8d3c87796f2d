package import Ratings

extension PostgresStore {
  package func record(_ run: TrainingRun) throws(StoreError) {
    try withConnectionAlone(.writing) { connection in
      _ = try connection.query(
        """
        insert into latent.training_run (model_name, version, outcome, started_at, record)
        values ($1, $2, $3, $4, $5)
        """,
        [
          run.modelName, run.version.map(String.init), run.outcome.rawValue, run.startedAt,
          try run.encodedJSON(),
        ])
    }
  }

  package func runs(limit: Int) throws(StoreError) -> [TrainingRun] {
    try withConnectionAlone(.reading) { connection in
      let rows = try connection.query(
        "select record from latent.training_run order by run_id desc limit \(max(limit, 0))")
      return try (0..<rows.count).map { row in
        try TrainingRun(json: rows.text(row, 0) ?? "")
      }
    }
  }
}
