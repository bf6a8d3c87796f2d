/// An error with a code for programs and a problem, place and remedy for people.
///
/// Every module defines its own codes and names its error type after itself, as in `typealias StoreError =
/// ExplainedError<StoreErrorCode>`. A function that throws one has changed nothing, or says so in the remedy.
package struct ExplainedError<Code: ErrorCode>: Error, Equatable, Sendable,
  CustomStringConvertible
{
  /// The kind of failure, for callers that need to distinguish them.
  package let code: Code
  /// What happened, in a sentence without a full stop.
  package let problem: String
  /// What it happened to: a store, file, option or operation.
  package let place: Code.Place
  /// What the reader can do about it, as a whole sentence.
  package let remedy: String

  /// Creates an error whose `problem` may quote untrusted text. Control characters, which could drive a terminal, are
  /// replaced, and anything beyond ``problemLimit`` is cut.
  package init(_ code: Code, _ problem: String, place: Code.Place, remedy: String) {
    self.code = code
    self.problem = problem.printable
    self.place = place
    self.remedy = remedy
  }

  /// The message as printed: `PLACE: PROBLEM. REMEDY`. No full stop is added if the problem, which may quote another
  /// program, already ends its sentence.
  package var description: String {
    let stop = problem.last.map { ".?!".contains($0) } ?? false ? "" : "."
    return "\(place): \(problem)\(stop) \(remedy)"
  }
}

/// The kinds of failure of a module.
package protocol ErrorCode: RawRepresentable<String>, Equatable, Sendable {
  /// The type that describes a place.
  associatedtype Place: CustomStringConvertible, Equatable, Sendable = String
}

/// The maximum length of a problem, in characters (Unicode scalars).
private let problemLimit = 4000

extension Unicode.Scalar {
  /// This scalar, or U+FFFD if it is a control character, which could drive a terminal.
  var shown: Unicode.Scalar { properties.generalCategory == .control ? "\u{FFFD}" : self }
}

extension String {
  /// The text up to ``problemLimit``, with every control character except line feeds replaced by U+FFFD.
  fileprivate var printable: String {
    var shown = UnicodeScalarView()
    for scalar in unicodeScalars.prefix(problemLimit) {
      shown.append(scalar == "\n" ? scalar : scalar.shown)
    }
    return String(shown)
  }
}
