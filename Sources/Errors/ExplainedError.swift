/// What went wrong: a code for programs, and for people the problem, the place and the remedy.
///
/// Every module has its own list of codes and names the error after itself, as in
/// `typealias StoreError = ExplainedError<StoreErrorCode>`. Whoever throws one has changed nothing,
/// or says so in the remedy.
package struct ExplainedError<Code: ErrorCode>: Error, Equatable, Sendable,
  CustomStringConvertible
{
  /// Which kind of failure it is, for code that must tell them apart.
  package let code: Code
  /// What happened, in a sentence without a full stop.
  package let problem: String
  /// What it happened to: a store, a file, an option, an operation.
  package let place: Code.Place
  /// What the reader can do: a whole sentence.
  package let remedy: String

  /// An error whose `problem` may quote what came from outside: control characters in it, which could
  /// drive a terminal, are replaced, and what is beyond ``problemLimit`` is cut.
  package init(_ code: Code, _ problem: String, place: Code.Place, remedy: String) {
    self.code = code
    self.problem = problem.printable
    self.place = place
    self.remedy = remedy
  }

  /// `PLACE: PROBLEM. REMEDY`, as it is printed. A problem that quotes another program's words may end
  /// a sentence by itself.
  package var description: String {
    let stop = problem.last.map { ".?!".contains($0) } ?? false ? "" : "."
    return "\(place): \(problem)\(stop) \(remedy)"
  }
}

/// The kinds of failure that a module knows.
package protocol ErrorCode: RawRepresentable<String>, Equatable, Sendable {
  /// How a place is given.
  associatedtype Place: CustomStringConvertible, Equatable, Sendable = String
}

/// The most characters (Unicode scalars) of a problem that are kept.
private let problemLimit = 4000

extension Unicode.Scalar {
  /// Itself, or U+FFFD in the place of a control character, which could do things to a terminal.
  var shown: Unicode.Scalar { properties.generalCategory == .control ? "\u{FFFD}" : self }
}

extension String {
  /// The text up to ``problemLimit``, with U+FFFD for each control character but line ends.
  fileprivate var printable: String {
    var shown = UnicodeScalarView()
    for scalar in unicodeScalars.prefix(problemLimit) {
      shown.append(scalar == "\n" ? scalar : scalar.shown)
    }
    return String(shown)
  }
}
