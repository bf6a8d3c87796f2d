import ArgumentParser
import Errors
import ImageModels

/// Over which probability labels are given.
enum LabelThreshold: Equatable {
  /// Each label's own, as the model has it.
  case perLabel
  /// The one for all that was best when the model was trained.
  case overall
  case number(Float)

  /// Reads `per-label`, `overall` or a number from 0 to 1.
  init(_ text: String) throws {
    switch text {
    case "per-label": self = .perLabel
    case "overall": self = .overall
    default:
      guard let number = Float(text), (0...1).contains(number) else {
        throw ValidationError(
          "--threshold is per-label, overall, or a number from 0 to 1, and not '\(text)'.")
      }
      self = .number(number)
    }
  }

  /// One for each label of `model`; none where it answers with something else. Throws where the model does not have
  /// what was asked for.
  func values(of model: ImageModel) throws -> [Float] {
    guard case .multilabel(let labels, let own) = model.description.task else {
      guard self == .perLabel else {
        throw CommandFailure(
          "--threshold is of models that answer with labels, and this one answers with "
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
          "the model has no threshold for all labels: nothing was held out when it was trained, or an older Latent did",
          remedy: "Give a number, such as 0.5, or leave --threshold out.")
      }
      return labels.map { _ in overall }
    }
  }
}
