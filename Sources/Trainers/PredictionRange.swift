import Errors
import Learning
import Ratings
package import Recommenders

/// The requested range of a model's predictions, before the ratings are known.
package enum PredictionRange: Equatable, Sendable, CustomStringConvertible {
  /// The rating scale, or the range of the ratings if there is no scale, extended at both ends by a tenth of its width.
  /// If all ratings are equal, a range around them.
  case automatic
  /// No limits.
  case unbounded
  case given(OutputRange)

  /// Parses `LOW..HIGH`, `auto` or `none`; nil for anything else.
  package init?(_ text: String) {
    switch text {
    case "auto": self = .automatic
    case "none": self = .unbounded
    default:
      guard let scale = RatingScale(text),
        let range = OutputRange(lower: scale.minimum, upper: scale.maximum)
      else { return nil }
      self = .given(range)
    }
  }

  /// The range as text.
  package var description: String {
    switch self {
    case .automatic: "auto"
    case .unbounded: "none"
    case .given(let range): range.description
    }
  }

  /// Returns the command-line option, for trainers that have it.
  static func hyperparameter<Options>(
    _ path: any WritableKeyPath<Options, PredictionRange> & Sendable
  ) -> Hyperparameter<Options> {
    .value(
      "range", path,
      rule: "LOW..HIGH with LOW below HIGH, such as 0..5.5, auto or none",
      read: { PredictionRange($0) }, text: { $0.description },
      "range of predictions; auto extends the rating scale, or the ratings if there is no scale, by a "
        + "tenth at each end")
  }

  /// Returns the output range for `data`; nil for no range.
  package func outputRange(for data: DataSummary) -> OutputRange? {
    switch self {
    case .unbounded: return nil
    case .given(let range): return range
    case .automatic:
      let lower = data.scale?.minimum ?? data.values?.lowerBound ?? 0
      let upper = data.scale?.maximum ?? data.values?.upperBound ?? 0
      // Training starts from a score of 0, the middle of the range. If all ratings are equal, that is their value.
      let margin = lower < upper ? (upper - lower) / 10 : max(0.5, abs(lower) / 10)
      return OutputRange(lower: lower - margin, upper: upper + margin)
    }
  }

  /// Returns the range's part of a checkpoint's identity.
  func identity(for data: DataSummary) -> [String: String] {
    outputRange(for: data).map { ["output range": $0.description] } ?? [:]
  }

  /// Returns warnings about a given range, for the values of `data`. Throws ``TrainingError`` `badOption` if no value
  /// is within the range: all predictions would be wrong.
  func warnings(for data: DataSummary) throws(TrainingError) -> [OptionWarning] {
    guard case .given(let range) = self, let values = data.values else { return [] }
    let (lowest, highest) = (values.lowerBound, values.upperBound)
    guard range.lower <= highest, range.upper >= lowest else {
      throw TrainingError(
        .badOption,
        "\(range) contains none of the ratings, which range from \(lowest) to \(highest)",
        place: "range",
        remedy: "Give a range slightly wider than theirs, or omit it.")
    }
    if range.lower > lowest || range.upper < highest {
      return [
        OptionWarning(
          option: "range",
          text: "\(range) excludes some of the ratings, which range from \(lowest) to \(highest): "
            + "no prediction will reach them")
      ]
    }
    if highest > lowest, range.upper - range.lower > 10 * (highest - lowest) {
      return [
        OptionWarning(
          option: "range",
          text: "\(range) is far wider than the ratings, which range from \(lowest) to \(highest): "
            + "models learn poorly in so narrow a part of it")
      ]
    }
    return []
  }
}
