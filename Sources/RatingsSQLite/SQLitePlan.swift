import GRDB
import Ratings

/// A plan as `explain query plan` tells it: a tree of steps.
struct SQLitePlan {
  private struct Step {
    let id: Int
    let parent: Int
    let detail: String
  }

  private let steps: [Step]

  /// The plan of `sql`, whose two arguments are a user and a count.
  init(of sql: String, _ database: Database) throws {
    let rows = try Row.fetchAll(
      database, sql: "explain query plan " + sql,
      arguments: [DatabaseValue.null, 1.databaseValue])
    steps = rows.map { Step(id: $0["id"], parent: $0["parent"], detail: $0["detail"]) }
  }

  /// A step that reads a table, or an index, whole; or, where the rows are not found by the user, one that finds them otherwise; nil where there
  /// is none. `without` is the plan of the same query where no index may be asked for the user: SQLite does not say what an index is
  /// asked for, but a step that is the same there is not asked for the user.
  func scan(comparedWith without: SQLitePlan) -> String? {
    if let whole = steps.first(where: isWhole) { return whole.detail }
    let others = Set(without.steps.map(\.detail))
    guard reach(below: 0, others) == .other else { return nil }
    return steps.first { $0.detail.hasPrefix("SEARCH ") && others.contains($0.detail) }?.detail
  }

  private func isWhole(_ step: Step) -> Bool {
    // An index that is made for the query takes reading all as well.
    if step.detail.contains(" AUTOMATIC ") { return true }
    // So does trying each value of an index's first column, to find something by the next.
    if step.detail.contains("(ANY(") { return true }
    guard step.detail.hasPrefix("SCAN "), step.detail != "SCAN CONSTANT ROW",
      !step.detail.hasSuffix(" CONSTANT ROWS")
    else { return false }
    // The rows of a part of the query, which has steps of its own.
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
    // What conditions ask of other tables is none of the ratings.
    if kind.contains("SCALAR SUBQUERY") || kind.contains("LIST SUBQUERY") { return .nothing }
    return reach(below: step.id, others)
  }
}
