import Foundation
import Ratings

/// A query plan as reported by `explain (verbose, format json)`.
struct PostgresPlan {
  /// An index, by schema and name.
  struct Index: Hashable {
    let schema: String
    let name: String
  }

  private let root: [String: Any]
  /// For each index, the column, as named in conditions, without which a lookup reads the whole index.
  /// Excludes indexes that can do without one.
  var firstKeys: [Index: String] = [:]

  /// Parses a plan; nil if the text is not one.
  init?(json: String) {
    guard
      let plans = try? JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[String: Any]],
      let root = plans.first?["Plan"] as? [String: Any]
    else { return nil }
    self.root = Self.withSchema(nil, root)
  }

  /// Returns a step that scans a table or an index in full; else, if the rows are not found by an index
  /// lookup of `parameter`, a step that finds them by something else; nil if there is none.
  func scan(insteadOf parameter: String) -> String? {
    let steps = Self.steps(root)
    if let whole = steps.first(where: Self.isWhole) { return Self.words(whole) }
    return otherStep(root, parameter).map(Self.words)
  }

  /// The tables read, each by schema and name; empty if other tables may be read that the plan does not show.
  var tables: [[String]] {
    let steps = Self.steps(root)
    guard !steps.contains(where: Self.readsUntoldTables) else { return [] }
    let tables = steps.compactMap { step -> [String]? in
      guard let schema = step["Schema"] as? String, let name = step["Relation Name"] as? String
      else { return nil }
      return [schema, name]
    }
    return Set(tables).sorted { $0.joined(separator: ".") < $1.joined(separator: ".") }
  }

  /// Whether partitions are missing from the plan because nothing in them matches the current parameter
  /// values. Partitions excluded by a constant in the query are never read, and do not count.
  var leavesPartitionsOut: Bool {
    Self.steps(root).contains { ($0["Subplans Removed"] as? Int ?? 0) > 0 }
  }

  /// The indexes used.
  var indexes: Set<Index> { Set(Self.steps(root).compactMap(Self.index)) }

  /// Returns the index that the step uses, which is in its table's schema.
  private static func index(_ step: [String: Any]) -> Index? {
    guard let schema = step["Schema"] as? String, let name = step["Index Name"] as? String
    else { return nil }
    return Index(schema: schema, name: name)
  }

  /// Returns whether the step may read tables that the plan does not show. The server's own functions read
  /// none.
  private static func readsUntoldTables(_ step: [String: Any]) -> Bool {
    switch kind(step) {
    case "Function Scan": step["Schema"] as? String != "pg_catalog"
    case "Foreign Scan", "Custom Scan": true
    default: false
    }
  }

  private static func isWhole(_ step: [String: Any]) -> Bool {
    switch kind(step) {
    case "Seq Scan", "Sample Scan": true
    case "Index Scan", "Index Only Scan", "Bitmap Index Scan": step["Index Cond"] == nil
    default: false
    }
  }

  private func reach(_ step: [String: Any], _ parameter: String) -> UserReach {
    let parts = Self.parts(step)
    switch Self.kind(step) {
    case "Index Scan", "Index Only Scan", "Bitmap Index Scan":
      return isFound(by: parameter, step) ? .user : .other
    case "Function Scan", "Table Function Scan", "Foreign Scan", "Custom Scan", "Tid Scan",
      "Tid Range Scan":
      return .other
    case "Append", "Merge Append", "BitmapOr":
      return .united(parts.map { reach($0, parameter) })
    default: return .joined(parts.map { reach($0, parameter) })
    }
  }

  /// Returns the lowest step at or below `step` that finds the rows by something else; nil if there is none.
  private func otherStep(_ step: [String: Any], _ parameter: String) -> [String: Any]? {
    guard reach(step, parameter) == .other else { return nil }
    return Self.parts(step).lazy.compactMap { otherStep($0, parameter) }.first ?? step
  }

  /// Returns the child steps that produce the step's rows. Subqueries in conditions do not produce ratings,
  /// except for CTEs.
  private static func parts(_ step: [String: Any]) -> [[String: Any]] {
    children(step).filter { part in
      part["Subplan Name"] == nil || (part["Subplan Name"] as? String)?.hasPrefix("CTE ") == true
    }
  }

  /// Returns whether the step's condition names `parameter`, and the index's first key, without which the
  /// whole index is read.
  private func isFound(by parameter: String, _ step: [String: Any]) -> Bool {
    let condition = (step["Index Cond"] as? String ?? "").replacing(
      /'(?:[^']|'')*'/, with: "''")
    guard condition.matches(of: /\$\d+/).contains(where: { $0.output == parameter }) else {
      return false
    }
    guard let key = Self.index(step).flatMap({ firstKeys[$0] }) else { return true }
    return condition.ranges(of: ".\(key)").contains { range in
      let next = condition[range.upperBound...].first
      return next.map { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "$" } != true
    }
  }

  private static func words(_ step: [String: Any]) -> String {
    let index = (step["Index Name"] as? String).map { " using \($0)" } ?? ""
    let table = (step["Relation Name"] ?? step["Function Name"]) as? String
    return kind(step) + index + (table.map { " on \($0)" } ?? "")
  }

  private static func kind(_ step: [String: Any]) -> String { step["Node Type"] as? String ?? "" }

  private static func children(_ step: [String: Any]) -> [[String: Any]] {
    step["Plans"] as? [[String: Any]] ?? []
  }

  /// Returns the step with its table's schema added to each bitmap index scan below it, which lacks it.
  private static func withSchema(_ schema: String?, _ step: [String: Any]) -> [String: Any] {
    var step = step
    let own = step["Schema"] as? String
    if own == nil, kind(step) == "Bitmap Index Scan" { step["Schema"] = schema }
    if let parts = step["Plans"] as? [[String: Any]] {
      step["Plans"] = parts.map { withSchema(own ?? schema, $0) }
    }
    return step
  }

  /// Returns the step and all its descendants, in preorder.
  private static func steps(_ step: [String: Any]) -> [[String: Any]] {
    [step] + children(step).flatMap(steps)
  }
}
