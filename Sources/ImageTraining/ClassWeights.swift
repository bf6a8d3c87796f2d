import Errors
import ImageModels
package import Learning

/// The weights of classes, or of the positive images of labels, in a training's loss.
package enum ClassWeights: Equatable, Sendable {
  /// Gives rare classes or labels more weight.
  ///
  /// Class weights are those of scikit-learn's "balanced": the number of images divided by the product of the number
  /// of classes present and the images of the class, so that all classes have the same total weight. Label weights
  /// are as PyTorch recommends for `pos_weight`: the images without the label divided by those with it. Classes and
  /// labels that no training image has get weight 1.
  case balanced
  /// By name; 1 for names not listed. Class weights are PyTorch's `weight`, label weights its `pos_weight`.
  case named([String: Float])

  /// Returns the weights of a task's outputs, in order, all above 0. Throws `badOption` for an unknown name, for a
  /// weight that is not positive and finite, and for numbers and points, which have no classes.
  package func values(for data: TrainingImages) throws(TrainingError) -> [Float] {
    let names = data.task.outputNames
    switch data.task {
    case .classify, .multilabel: break
    case .regress, .points:
      throw TrainingError(
        .badOption, "applies to classes and labels, not to \(data.task.name)",
        place: "class-weights", remedy: "Omit it.")
    }
    switch self {
    case .balanced: return Self.balanced(data, count: names.count)
    case .named(let weights):
      for (name, weight) in weights.sorted(by: { $0.key < $1.key }) {
        guard names.contains(name) else {
          let near = NearestText.nearest(to: name, among: names)
          throw TrainingError(
            .badOption, "names '\(name)', but no image has that label", place: "class-weights",
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
        // A label that all images have teaches nothing, whatever its weight.
        $0 == 0 || $0 == data.training.count ? 1 : Float(data.training.count - $0) / Float($0)
      }
    case .points: preconditionFailure("points have no classes")
    }
  }
}
