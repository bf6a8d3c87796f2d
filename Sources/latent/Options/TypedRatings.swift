import ArgumentParser
import Errors

/// Ratings as people type them: `'Toy Story (1995)=5,Heat=2'`.
///
/// A rating is an item's id or title, an equals sign and a number, and ends at the next comma: a comma or an equals sign
/// within a title is no matter, since only one in front of a number is behind it.
struct TypedRatings: ExpressibleByArgument {
  /// Names of items, and their ratings; nil where that is not what was typed.
  let ratings: [(name: String, value: Float)]

  init?(argument text: String) {
    var ratings: [(name: String, value: Float)] = []
    var rest = text[...]
    while !rest.isEmpty {
      guard let (name, value, end) = Self.first(of: rest) else { return nil }
      ratings.append((name, value))
      rest = rest[end...]
    }
    self.ratings = ratings
  }

  /// The rating that `text` begins with, and where the next one begins.
  private static func first(
    of text: Substring
  ) -> (name: String, value: Float, end: Substring.Index)? {
    for sign in text.indices where text[sign] == "=" {
      let behind = text[text.index(after: sign)...]
      let number = behind.prefix { $0 != "," }
      let name = text[..<sign].trimmed
      guard let value = Float(number.trimmed), value.isFinite, !name.isEmpty else { continue }
      let end = number.endIndex
      return (String(name), value, end == text.endIndex ? end : text.index(after: end))
    }
    return nil
  }
}

extension Substring {
  /// Without spaces at both ends.
  fileprivate var trimmed: Substring {
    var text = drop { $0 == " " }
    while text.last == " " { text.removeLast() }
    return text
  }
}
