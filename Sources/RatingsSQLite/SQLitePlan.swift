import GRDB
import Ratings

/// A query plan as reported by `explain query plan`: a tree of steps.
struct SQLitePlan {
  private struct Step {
    let id: Int
    let parent: Int
    let detail: String
  }

  private let steps: [Step]

  /// Reads the plan of `sql`, whose two arguments are a user and a count.
  init(of sql: String, _ database: Database) throws {
    let rows = try Row.fetchAll(
      database, sql: "explain query plan " + sql,
      arguments: [DatabaseValue.null, 1.databaseValue])
    steps = rows.map { Step(id: $0["id"], parent: $0["parent"], detail: $0["detail"]) }
  }

  /// Returns a step that scans a table or an index in full; else, if the rows are not found by the user, a
  /// step that finds them by something else; nil if there is none. `without` is the plan of the same query
  /// that may not use an index on the user. SQLite does not report what is looked up in an index, but a step
  /// that is also in that plan does not look up the user.
  func scan(comparedWith without: SQLitePlan) -> String? {
    if let whole = steps.first(where: isWhole) { return whole.detail }
    let others = Set(without.steps.map(\.detail))
    guard reach(below: 0, others) == .other else { return nil }
    return steps.first { $0.detail.hasPrefix("SEARCH ") && others.contains($0.detail) }?.detail
  }

  private func isWhole(_ step: Step) -> Bool {
    // Creating an automatic index for the query requires a full scan too.
    if step.detail.contains(" AUTOMATIC ") { return true }
    // So does a skip-scan, which tries each value of an index's first column.
    if step.detail.contains("(ANY(") { return true }
    guard step.detail.hasPrefix("SCAN "), step.detail != "SCAN CONSTANT ROW",
      !step.detail.hasSuffix(" CONSTANT ROWS")
    else { return false }
    // The rows of a subquery, which has steps of its own.
    let name = step.detail.dropFirst("SCAN ".count).replacing(#/ LEFT-JOIN$/#, with: "")
    return !steps.contains {
      $0.parent == step.parent
        && ($0.detail == "CO-ROUTINE \(name)" || $0.detail == "MATERIALIZE \(name)")
    }
  }

  private func reach(below parent: Int, _ others: Set<String>) -> UserReach {
    .joined(steps.filter { $0.parent == parent }.map { reach($0, others) })
  }

  private func reach(_ step: Step, _ others: Set<String>) -> UserReach {
    let kind = step.detail
    if kind.hasPrefix("SEARCH ") { return others.contains(kind) ? .other : .user }
    if kind == "COMPOUND QUERY" || kind.hasPrefix("MERGE (") || kind == "MULTI-INDEX OR" {
      let parts = steps.filter { $0.parent == step.id }
      return .united(parts.map { reach(below: $0.id, others) })
    }
    // A condition that queries other tables does not find ratings.
    if kind.contains("SCALAR SUBQUERY") || kind.contains("LIST SUBQUERY") { return .nothing }
    return reach(below: step.id, others)
  }
}
