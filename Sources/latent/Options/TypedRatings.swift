import ArgumentParser
import Errors
import Ratings

/// Ratings as people type them: `'Toy Story (1995)=5,Heat=2'`.
///
/// A rating is an item's id or title, an equals sign and a number, and ends at the next comma. Commas and equals signs
/// within a title do no harm: a title ends only at an equals sign that a number follows.
struct TypedRatings {
  /// The names of items with their ratings.
  let ratings: [(name: String, value: Float)]

  /// Parses `text`. Throws an error that states the expected form if it has another.
  init(_ text: String) throws(ValidationError) {
    var ratings: [(name: String, value: Float)] = []
    var rest = text[...]
    repeat {
      guard let (name, value, end) = Self.first(of: rest) else {
        throw ValidationError(Self.problem(of: rest))
      }
      ratings.append((name, value))
      rest = rest[end...]
    } while !rest.isEmpty
    self.ratings = ratings
  }

  /// Returns the rating that `text` begins with, and the start of the next one.
  private static func first(
    of text: Substring
  ) -> (name: String, value: Float, end: Substring.Index)? {
    for sign in text.indices where text[sign] == "=" {
      let behind = text[text.index(after: sign)...]
      let number = behind.prefix { $0 != "," }
      let name = text[..<sign].trimmed
      guard let value = Float(decimal: number.trimmed), !name.isEmpty else { continue }
      let end = number.endIndex
      return (String(name), value, end == text.endIndex ? end : text.index(after: end))
    }
    return nil
  }

  /// Returns the problem with `text`, which does not begin with a rating.
  private static func problem(of text: Substring) -> String {
    let form = "Write an item's id or title, = and a number, such as 'Toy Story (1995)=5,Heat=2'."
    let shown = "'\(Excerpt.of(String(text)))'"
    guard let sign = text.firstIndex(of: "=") else {
      return "\(shown) gives no rating. \(form)"
    }
    guard !text[..<sign].trimmed.isEmpty else { return "\(shown) names no item. \(form)" }
    let number = text[text.index(after: sign)...].prefix { $0 != "," }
    return "'\(Excerpt.of(String(number)))' in \(shown) is not a number. \(form)"
  }
}

extension Substring {
  /// The text without leading and trailing spaces.
  fileprivate var trimmed: Substring {
    var text = drop { $0 == " " }
    while text.last == " " { text.removeLast() }
    return text
  }
}
