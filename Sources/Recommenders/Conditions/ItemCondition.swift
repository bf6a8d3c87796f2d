import Errors

/// What is asked of the attributes of items, read from a text such as
///
///     genre=Comedy and year>=1990
///     (genre in (Drama, 'Film Noir') or not director="Ford, John") and runtime < 120
///
/// An item has an attribute once, several times or not at all: `=`, `<`, `<=`, `>`, `>=` and `in` hold where
/// one of its values fits, `!=` and `not in` where none does. An attribute whose values are all numbers is
/// compared as numbers, any other as text, without regard to the case of letters. `not` binds tightest, then
/// `and`, then `or`.
package struct ItemCondition: Sendable, Equatable {
  /// The most bytes of a text.
  package static let byteLimit = 4096
  /// How deep parentheses and `not` may be nested.
  package static let depthLimit = 64

  /// How the values of an attribute are compared with one that is given.
  enum Comparison: String, Sendable, CaseIterable {
    case equal = "="
    case unequal = "!="
    case less = "<"
    case atMost = "<="
    case greater = ">"
    case atLeast = ">="
  }

  /// A word or quoted text, and at which character of the condition it stands.
  struct Term: Sendable, Equatable {
    let text: String
    let isQuoted: Bool
    let position: Int
  }

  /// What is asked.
  indirect enum Node: Sendable, Equatable {
    /// Whether the attribute `name` compares so with one of `values`, of which there are several only for
    /// `equal` and `unequal`.
    case test(name: Term, Comparison, values: [Term])
    case all([Node])
    case any([Node])
    case not(Node)
  }

  /// As it was written.
  package let text: String
  let node: Node

  /// Reads `text`. Throws ``RecommendingErrorCode/badCondition`` with the place in it where it is no
  /// condition, longer than ``byteLimit`` or nested deeper than ``depthLimit``.
  package init(_ text: String) throws(RecommendingError) {
    guard text.utf8.count <= Self.byteLimit else {
      throw RecommendingError(
        .badCondition, "a condition of \(text.utf8.count) bytes",
        place: String(text.prefix(40)) + "…", remedy: "One has at most \(Self.byteLimit) bytes.")
    }
    self.text = text
    node = try ConditionParser.read(text)
  }

  /// The error of what is wrong at a character of `text`. Its place draws the text with a mark beneath the
  /// character.
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

  /// `text` as it is compared: without regard to the case of letters.
  static func folded(_ text: String) -> String { text.lowercased() }
}

extension Character {
  /// Whether the character takes a place of its own on a line.
  fileprivate var isPlain: Bool {
    !isNewline && unicodeScalars.allSatisfy { $0.properties.generalCategory != .control }
  }
}
