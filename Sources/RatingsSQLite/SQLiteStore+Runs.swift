import GRDB
package import Ratings

extension SQLiteStore {
  package func record(_ run: RunRecord) throws(StoreError) {
    try withDatabaseAlone(.writing) { database in
      try database.execute(
        sql: """
          insert into training_run (model_name, version, outcome, started_at, record)
          values (?, ?, ?, ?, ?)
          """,
        arguments: [
          run.modelName, run.version, run.outcome, run.startedAt, run.record,
        ])
    }
  }

  package func runs(limit: Int) throws(StoreError) -> [RunRecord] {
    try withDatabaseAlone(.reading) { database in
      let rows = try Row.fetchAll(
        database,
        sql: """
          select model_name, version, outcome, started_at, record from training_run
          order by run_id desc limit ?
          """, arguments: [limit])
      return rows.map { row in
        RunRecord(
          modelName: row[0], version: row[1], outcome: row[2], startedAt: row[3], record: row[4])
      }
    }
  }
}
