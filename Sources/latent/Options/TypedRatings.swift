import ArgumentParser
import Errors
import Ratings

/// Ratings as people type them: `'Toy Story (1995)=5,Heat=2'`.
///
/// A rating is an item's id or title, an equals sign and a number, and ends at the next comma: a comma or an equals sign
/// within a title is no matter, since only one in front of a number is behind it.
struct TypedRatings {
  /// Names of items, and their ratings.
  let ratings: [(name: String, value: Float)]

  /// Throws with the form that is asked for, where `text` is not of it.
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

  /// The rating that `text` begins with, and where the next one begins.
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

  /// What is wrong with `text`, which begins with no rating.
  private static func problem(of text: Substring) -> String {
    let form = "Write an item's id or title, = and a number, such as 'Toy Story (1995)=5,Heat=2'."
    let shown = "'\(Excerpt.of(String(text)))'"
    guard let sign = text.firstIndex(of: "=") else {
      return "\(shown) gives no rating. \(form)"
    }
    guard !text[..<sign].trimmed.isEmpty else { return "\(shown) names no item. \(form)" }
    let number = text[text.index(after: sign)...].prefix { $0 != "," }
    return "'\(Excerpt.of(String(number)))' in \(shown) is no number. \(form)"
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
