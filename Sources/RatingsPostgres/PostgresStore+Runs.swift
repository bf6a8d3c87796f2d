package import Ratings

extension PostgresStore {
  package func record(_ run: RunRecord) throws(StoreError) {
    try withConnectionAlone(.writing) { connection in
      _ = try connection.query(
        """
        insert into latent.training_run (model_name, version, outcome, started_at, record)
        values ($1, $2, $3, $4, $5)
        """,
        [
          run.modelName, run.version.map(String.init), run.outcome, run.startedAt, run.record,
        ])
    }
  }

  package func runs(limit: Int) throws(StoreError) -> [RunRecord] {
    try withConnectionAlone(.reading) { connection in
      let rows = try connection.query(
        """
        select model_name, version, outcome, started_at, record from latent.training_run
        order by run_id desc limit \(max(limit, 0))
        """)
      return (0..<rows.count).map { row in
        func text(_ column: Int) -> String { rows.text(row, column) ?? "" }
        return RunRecord(
          modelName: text(0), version: rows.text(row, 1).flatMap { Int($0) }, outcome: text(2),
          startedAt: text(3), record: text(4))
      }
    }
  }
}
