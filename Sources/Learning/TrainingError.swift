/// Why a training stopped without a result: what, where, and what to do about it.
package struct TrainingError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The kinds of failure, for code that must tell them apart.
  package enum Code: String, Sendable {
    /// The loss became infinite or no number, or grew where it should fall.
    case diverged
    /// An option is out of its bounds.
    case badOption
    /// There is nothing to train on, or a value that can't be trained on.
    case badData
    /// It was asked to stop.
    case cancelled
  }

  package let code: Code
  /// What happened, in a sentence without a full stop.
  package let problem: String
  /// The epoch, step and rate, or the option.
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
