import Foundation

/// A piece of a page. Literals are markup; whatever text is put into them is escaped, so that no title can
/// become markup:
///
///     let cell: HTML = "<td>\(title)</td>"
package struct HTML: Sendable, ExpressibleByStringInterpolation {
  /// The markup.
  package let text: String

  /// Takes markup as it is.
  package init(markup: String) { text = markup }

  package init(stringLiteral markup: String) { text = markup }

  package init(stringInterpolation pieces: Pieces) { text = pieces.markup }

  /// What a literal with pieces in it is put together of.
  package struct Pieces: StringInterpolationProtocol {
    fileprivate var markup = ""

    package init(literalCapacity: Int, interpolationCount: Int) {
      markup.reserveCapacity(literalCapacity + 16 * interpolationCount)
    }

    /// Markup, as it stands.
    package mutating func appendLiteral(_ literal: String) { markup += literal }

    /// A text, escaped for elements and for attributes in quotes. Control characters, which no page may
    /// have, are left out.
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

    /// A piece of a page, as it is.
    package mutating func appendInterpolation(_ piece: HTML) { markup += piece.text }

    /// Several, one behind another.
    package mutating func appendInterpolation(_ pieces: [HTML]) {
      for piece in pieces { markup += piece.text }
    }

    /// A whole number.
    package mutating func appendInterpolation(_ number: Int) { markup += "\(number)" }

    /// A number to so many decimals, with a real minus sign.
    package mutating func appendInterpolation(_ number: Double, decimals: Int) {
      let digits = String(format: "%.\(decimals)f", number)
      markup += digits.replacing("-", with: "\u{2212}")
    }

    /// A coordinate.
    package mutating func appendInterpolation(at number: Double) {
      markup += String(format: "%.1f", number)
    }
  }
}
