/// Why a question has no answer: what, where, and what to do about it.
package struct RecommendingError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kinds of failure, for code that must tell them apart.
  package enum Code: String, Sendable {
    /// The model has no factors to compare items by.
    case modelWithoutFactors
    /// The item's factors are all zero: the model learned nothing of it.
    case itemWithoutFactors
  }

  package let code: Code
  /// What happened, in a sentence without a full stop.
  package let problem: String
  /// The model or item it happened to.
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
