import Errors
import ImageModels
package import Learning

/// How much the classes, or the images that have a label, weigh in a training's loss.
package enum ClassWeights: Equatable, Sendable {
  /// Rare ones weigh more.
  ///
  /// A class weighs as in scikit-learn's "balanced": the images over the number of classes times its own
  /// images, so that all classes weigh the same together. Images with a label weigh as PyTorch says of `pos_weight`:
  /// the images without it over those with it. What no image to learn from shows weighs 1.
  case balanced
  /// By name; 1 where none is named. Those of classes are PyTorch's `weight`, of labels its `pos_weight`.
  case named([String: Float])

  /// The weights of the outputs of a task, in their order, above 0. Throws `badOption` for a name that is none, a
  /// weight that is not above 0 and finite, and for numbers and points, which have no classes.
  package func values(for data: TrainingImages) throws(TrainingError) -> [Float] {
    let names = data.task.outputNames
    switch data.task {
    case .classify, .multilabel: break
    case .regress, .points:
      throw TrainingError(
        .badOption, "is of classes and labels, and not of \(data.task.name)",
        place: "class-weights", remedy: "Leave it out.")
    }
    switch self {
    case .balanced: return Self.balanced(data, count: names.count)
    case .named(let weights):
      for (name, weight) in weights.sorted(by: { $0.key < $1.key }) {
        guard names.contains(name) else {
          let near = NearestText.nearest(to: name, among: names)
          throw TrainingError(
            .badOption, "names '\(name)', which no image is labelled", place: "class-weights",
            remedy: near.map { "Did you mean \($0)?" }
              ?? "There are \(names.prefix(12).joined(separator: ", ")).")
        }
        guard weight > 0, weight.isFinite else {
          throw TrainingError(
            .badOption, "gives '\(name)' the weight \(weight)", place: "class-weights",
            remedy: "Give numbers above 0.")
        }
      }
      return names.map { weights[$0] ?? 1 }
    }
  }

  private static func balanced(_ data: TrainingImages, count: Int) -> [Float] {
    var images = [Int](repeating: 0, count: count)
    switch data.targets {
    case .classes(let classes):
      for image in data.training { images[Int(classes[image])] += 1 }
      let present = images.count { $0 > 0 }
      return images.map {
        $0 == 0 ? 1 : Float(data.training.count) / Float(present * $0)
      }
    case .numbers(let labels, let width):
      for image in data.training {
        for label in 0..<count where labels[image * width + label] > 0.5 { images[label] += 1 }
      }
      return images.map {
        // A label that all images have teaches nothing, whatever it weighs.
        $0 == 0 || $0 == data.training.count ? 1 : Float(data.training.count - $0) / Float($0)
      }
    case .points: preconditionFailure("points have no classes")
    }
  }
}
