import Foundation
import Ratings

/// A plan as `explain (verbose, format json)` tells it.
struct PostgresPlan {
  /// An index by its schema and its name.
  struct Index: Hashable {
    let schema: String
    let name: String
  }

  private let root: [String: Any]
  /// The column, as conditions name it, that a look-up in an index has to know, or reads it whole; not of those that can do without.
  var firstKeys: [Index: String] = [:]

  /// Nil where the text is no plan.
  init?(json: String) {
    guard
      let plans = try? JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[String: Any]],
      let root = plans.first?["Plan"] as? [String: Any]
    else { return nil }
    self.root = Self.withSchema(nil, root)
  }

  /// A step that reads a table, or an index, whole; or, where the rows are not found by an index that is asked for `parameter`, one that finds
  /// them otherwise; nil where there is none.
  func scan(insteadOf parameter: String) -> String? {
    let steps = Self.steps(root)
    if let whole = steps.first(where: Self.isWhole) { return Self.words(whole) }
    return otherStep(root, parameter).map(Self.words)
  }

  /// The tables that are read, each by schema and name; none where others may be read beside them that the plan does not tell.
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

  /// Whether partitions are not told of since nothing in them fits the values that parameters have here. Those that a constant of the query
  /// leaves out are never read, and do not count.
  var leavesPartitionsOut: Bool {
    Self.steps(root).contains { ($0["Subplans Removed"] as? Int ?? 0) > 0 }
  }

  /// The indexes that are asked.
  var indexes: Set<Index> { Set(Self.steps(root).compactMap(Self.index)) }

  /// The index that the step asks, which lies in its table's schema.
  private static func index(_ step: [String: Any]) -> Index? {
    guard let schema = step["Schema"] as? String, let name = step["Index Name"] as? String
    else { return nil }
    return Index(schema: schema, name: name)
  }

  /// Functions of the server's own read no tables.
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

  /// The lowest step at or below `step` that finds the rows by something else; nil where there is none.
  private func otherStep(_ step: [String: Any], _ parameter: String) -> [String: Any]? {
    guard reach(step, parameter) == .other else { return nil }
    return Self.parts(step).lazy.compactMap { otherStep($0, parameter) }.first ?? step
  }

  /// The parts whose rows are the step's: what conditions ask of other tables is none of the ratings, but for what `with` names.
  private static func parts(_ step: [String: Any]) -> [[String: Any]] {
    children(step).filter { part in
      part["Subplan Name"] == nil || (part["Subplan Name"] as? String)?.hasPrefix("CTE ") == true
    }
  }

  /// Whether the step's condition names `parameter`, and the index's first key as well, without which the index is read whole.
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

  /// The step with its table's schema in each step below that asks an index for it, which does not name it.
  private static func withSchema(_ schema: String?, _ step: [String: Any]) -> [String: Any] {
    var step = step
    let own = step["Schema"] as? String
    if own == nil, kind(step) == "Bitmap Index Scan" { step["Schema"] = schema }
    if let parts = step["Plans"] as? [[String: Any]] {
      step["Plans"] = parts.map { withSchema(own ?? schema, $0) }
    }
    return step
  }

  /// The step and all below it, from the top.
  private static func steps(_ step: [String: Any]) -> [[String: Any]] {
    [step] + children(step).flatMap(steps)
  }
}
