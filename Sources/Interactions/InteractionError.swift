/// Why ratings could not be held or split: what, where, and what to do about it.
package struct InteractionError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kinds of failure, for code that must tell them apart.
  package enum Code: String, Sendable {
    /// More users, items or ratings than 32-bit rows can number.
    case tooMany
    /// A value is not finite.
    case badValue
    /// Ids of one side are integers in one batch and text in another.
    case mixedTypes
    /// A split is written wrongly or its share or count is out of range.
    case badSplit
    /// A split by time meets ratings without one.
    case missingTimes
    /// A split leaves nothing to train on.
    case emptyTraining
  }

  package let code: Code
  /// What happened, in a sentence without a full stop.
  package let problem: String
  /// The rating, side or split it happened to.
  package let place: String
  /// What the reader can do.
  package let remedy: String

  package init(_ code: Code, _ problem: String, place: String, remedy: String) {
    self.code = code
    self.problem = problem
    self.place = place
    self.remedy = remedy
  }

  package var description: String { "\(place): \(problem). \(remedy)" }
}
