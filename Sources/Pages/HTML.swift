import Foundation

/// A fragment of HTML. Literals are markup; interpolated text is escaped, so that no title can become markup:
///
///     let cell: HTML = "<td>\(title)</td>"
package struct HTML: Sendable, ExpressibleByStringInterpolation {
  /// The markup.
  package let text: String

  /// Wraps markup without escaping it.
  package init(markup: String) { text = markup }

  package init(stringLiteral markup: String) { text = markup }

  package init(stringInterpolation pieces: Pieces) { text = pieces.markup }

  /// The interpolation that a literal is assembled from.
  package struct Pieces: StringInterpolationProtocol {
    fileprivate var markup = ""

    package init(literalCapacity: Int, interpolationCount: Int) {
      markup.reserveCapacity(literalCapacity + 16 * interpolationCount)
    }

    /// Appends markup unescaped.
    package mutating func appendLiteral(_ literal: String) { markup += literal }

    /// Appends text, escaped for elements and quoted attributes. Drops control characters, which HTML does not
    /// allow.
    package mutating func appendInterpolation(_ text: String) {
      for scalar in text.unicodeScalars {
        switch scalar {
        case "&": markup += "&amp;"
        case "<": markup += "&lt;"
        case ">": markup += "&gt;"
        case "\"": markup += "&quot;"
        case "'": markup += "&#39;"
        case "\t", "\n": markup += " "
        case _ where scalar.properties.generalCategory == .control: break
        default: markup.unicodeScalars.append(scalar)
        }
      }
    }

    /// Appends a fragment unescaped.
    package mutating func appendInterpolation(_ piece: HTML) { markup += piece.text }

    /// Appends several fragments.
    package mutating func appendInterpolation(_ pieces: [HTML]) {
      for piece in pieces { markup += piece.text }
    }

    /// Appends an integer.
    package mutating func appendInterpolation(_ number: Int) { markup += "\(number)" }

    /// Appends a number with `decimals` decimals and a real minus sign.
    package mutating func appendInterpolation(_ number: Double, decimals: Int) {
      let digits = String(format: "%.\(decimals)f", number)
      markup += digits.replacing("-", with: "\u{2212}")
    }

    /// Appends a coordinate, with one decimal.
    package mutating func appendInterpolation(at number: Double) {
      markup += String(format: "%.1f", number)
    }
  }
}
