import GRDB
package import Ratings

extension SQLiteStore {
  package func record(_ run: TrainingRun) throws(StoreError) {
    try withDatabaseAlone(.writing) { database in
      try database.execute(
        sql: """
          insert into training_run (model_name, version, outcome, started_at, record)
          values (?, ?, ?, ?, ?)
          """,
        arguments: [
          run.modelName, run.version, run.outcome.rawValue, run.startedAt, try run.encodedJSON(),
        ])
    }
  }

  package func runs(limit: Int) throws(StoreError) -> [TrainingRun] {
    try withDatabaseAlone(.reading) { database in
      let records = try String.fetchAll(
        database, sql: "select record from training_run order by run_id desc limit ?",
        arguments: [limit])
      return try records.map(TrainingRun.init(json:))
    }
  }
}
