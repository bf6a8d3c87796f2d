import Foundation

/// A plan as `explain (format json)` tells it.
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

  /// A step that reads a table, or an index, whole; nil where there is none.
  var scan: String? { Self.scan(root) }

  private static func scan(_ node: [String: Any]) -> String? {
    let kind = node["Node Type"] as? String ?? ""
    let isWhole =
      switch kind {
      case "Seq Scan", "Sample Scan": true
      case "Index Scan", "Index Only Scan", "Bitmap Index Scan": node["Index Cond"] == nil
      default: false
      }
    if isWhole {
      let name = node["Relation Name"] as? String ?? node["Index Name"] as? String
      return "\(kind) on \(name ?? "a table")"
    }
    for child in node["Plans"] as? [[String: Any]] ?? [] {
      if let scan = scan(child) { return scan }
    }
    return nil
  }
}
