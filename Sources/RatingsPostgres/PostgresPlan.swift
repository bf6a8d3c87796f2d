import Foundation
import Ratings

/// A plan as `explain (verbose, format json)` tells it.
struct PostgresPlan {
  private let root: [String: Any]

  /// Nil where the text is no plan.
  init?(json: String) {
    guard
      let plans = try? JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[String: Any]],
      let root = plans.first?["Plan"] as? [String: Any]
    else { return nil }
    self.root = root
  }

  /// A step that reads a table, or an index, whole; or, where the rows are not found by an index that is asked for `parameter`, one that finds
  /// them otherwise; nil where there is none.
  func scan(insteadOf parameter: String) -> String? {
    let steps = Self.steps(root)
    if let whole = steps.first(where: Self.isWhole) { return Self.words(whole) }
    guard Self.reach(root, parameter) == .other else { return nil }
    return steps.first { $0["Plans"] == nil && Self.reach($0, parameter) == .other }.map(Self.words)
  }

  /// The tables that are read, each by schema and name.
  var tables: [[String]] {
    let tables = Self.steps(root).compactMap { step -> [String]? in
      guard let schema = step["Schema"] as? String, let name = step["Relation Name"] as? String
      else { return nil }
      return [schema, name]
    }
    return Set(tables).sorted { $0.joined(separator: ".") < $1.joined(separator: ".") }
  }

  private static func isWhole(_ step: [String: Any]) -> Bool {
    switch kind(step) {
    case "Seq Scan", "Sample Scan": true
    case "Index Scan", "Index Only Scan", "Bitmap Index Scan": step["Index Cond"] == nil
    default: false
    }
  }

  private static func reach(_ step: [String: Any], _ parameter: String) -> UserReach {
    // What conditions ask of other tables is none of the ratings, but for what `with` names.
    let parts = children(step).filter { part in
      part["Subplan Name"] == nil || (part["Subplan Name"] as? String)?.hasPrefix("CTE ") == true
    }
    switch kind(step) {
    case "Index Scan", "Index Only Scan", "Bitmap Index Scan":
      return holds(step["Index Cond"] as? String ?? "", parameter) ? .user : .other
    case "Function Scan", "Table Function Scan", "Foreign Scan", "Custom Scan", "Tid Scan",
      "Tid Range Scan":
      return .other
    case "Append", "Merge Append", "BitmapOr":
      return .united(parts.map { reach($0, parameter) })
    default: return .joined(parts.map { reach($0, parameter) })
    }
  }

  /// Whether `condition` names `parameter` outside of its texts.
  private static func holds(_ condition: String, _ parameter: String) -> Bool {
    condition.replacing(/'(?:[^']|'')*'/, with: "''").matches(of: /\$\d+/)
      .contains { $0.output == parameter }
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

  /// The step and all below it, from the top.
  private static func steps(_ step: [String: Any]) -> [[String: Any]] {
    [step] + children(step).flatMap(steps)
  }
}
