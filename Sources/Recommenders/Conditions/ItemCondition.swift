import Errors

/// A condition on the attributes of items, parsed from text:
///
///     genre=Comedy and year>=1990
///     (genre in (Drama, 'Film Noir') or not director="Ford, John") and runtime < 120
///
/// An item can have any number of values for an attribute. `=`, `<`, `<=`, `>`, `>=` and `in` hold if any value
/// matches; `!=` and `not in` hold if none does. An attribute is compared numerically if all its values are numbers,
/// and otherwise as case-insensitive text. `not` binds tightest, then `and`, then `or`.
package struct ItemCondition: Sendable, Equatable {
  /// The maximum length of the text in bytes.
  package static let byteLimit = 4096
  /// The maximum nesting depth of parentheses and `not`.
  package static let depthLimit = 64

  /// A comparison of an attribute's values with a given value.
  enum Comparison: String, Sendable, CaseIterable {
    case equal = "="
    case unequal = "!="
    case less = "<"
    case atMost = "<="
    case greater = ">"
    case atLeast = ">="
  }

  /// A word or quoted text, with its character position in the condition.
  struct Term: Sendable, Equatable {
    let text: String
    let isQuoted: Bool
    let position: Int
  }

  /// A node of the syntax tree.
  indirect enum Node: Sendable, Equatable {
    /// A comparison of the attribute `name` with any of `values`. Only `equal` and `unequal` can have several.
    case test(name: Term, Comparison, values: [Term])
    case all([Node])
    case any([Node])
    case not(Node)
  }

  /// The condition as written.
  package let text: String
  let node: Node

  /// Parses `text`. Throws ``RecommendingErrorCode/badCondition``, with the position, if it is not a condition, is
  /// longer than ``byteLimit`` or is nested deeper than ``depthLimit``.
  package init(_ text: String) throws(RecommendingError) {
    guard text.utf8.count <= Self.byteLimit else {
      throw RecommendingError(
        .badCondition, "the condition has \(text.utf8.count) bytes",
        place: String(text.prefix(40)) + "…", remedy: "Use at most \(Self.byteLimit) bytes.")
    }
    self.text = text
    node = try ConditionParser.read(text)
  }

  /// Returns an error at a character of `text`. Its place shows the text with a mark below the character.
  static func error(
    _ problem: String, at position: Int, of text: String, remedy: String
  ) -> RecommendingError {
    let (before, behind) = (40, 30)
    let start = max(0, position - before)
    let shown = text.dropFirst(start).prefix(before + behind).map { $0.isPlain ? $0 : " " }
    let isCut = text.dropFirst(start + before + behind).isEmpty == false
    let line = (start > 0 ? "…" : "") + String(shown) + (isCut ? "…" : "")
    let mark = String(repeating: " ", count: position - start + (start > 0 ? 1 : 0)) + "^"
    return RecommendingError(
      .badCondition, "\(problem), at character \(position + 1)", place: "\(line)\n\(mark)",
      remedy: remedy)
  }

  /// Returns `text` case-folded for comparison.
  static func folded(_ text: String) -> String { text.lowercased() }
}

extension Character {
  /// Whether the character occupies a column of its own on a line.
  fileprivate var isPlain: Bool {
    !isNewline && unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
  }
}
