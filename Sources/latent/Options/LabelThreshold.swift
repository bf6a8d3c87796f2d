import ArgumentParser
import Errors
import ImageModels

/// The probability above which labels are predicted.
enum LabelThreshold: Equatable {
  /// Each label's own threshold, from the model.
  case perLabel
  /// The model's single threshold for all labels, which was the best one in training.
  case overall
  case number(Float)

  /// Parses `per-label`, `overall` or a number from 0 to 1.
  init(_ text: String) throws {
    switch text {
    case "per-label": self = .perLabel
    case "overall": self = .overall
    default:
      guard let number = Float(text), (0...1).contains(number) else {
        throw ValidationError(
          "--threshold must be per-label, overall, or a number from 0 to 1, not '\(text)'.")
      }
      self = .number(number)
    }
  }

  /// Returns a threshold for each label of `model`; none if it does not predict labels. Throws if the model does not
  /// have the thresholds that were asked for.
  func values(of model: ImageModel) throws -> [Float] {
    guard case .multilabel(let labels, let own) = model.description.task else {
      guard self == .perLabel else {
        throw CommandFailure(
          "--threshold is for models that predict labels, and this one predicts "
            + model.description.task.name, remedy: "Leave it out.")
      }
      return []
    }
    switch self {
    case .perLabel: return own
    case .number(let number): return labels.map { _ in number }
    case .overall:
      guard let overall = model.description.calibration?.overallThreshold else {
        throw CommandFailure(
          "the model has no overall threshold: nothing was held out in training, or an older Latent trained it",
          remedy: "Give a number, such as 0.5, or leave --threshold out.")
      }
      return labels.map { _ in overall }
    }
  }
}
