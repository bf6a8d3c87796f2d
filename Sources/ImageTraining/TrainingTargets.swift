package import ImageModels
import Images
import TensorCore

/// The targets of a data set's images, by image number.
package enum TrainingTargets: Sendable {
  /// The class of each image.
  case classes([Int32])
  /// `width` numbers per image, stored consecutively: 0 or 1 for each label, or measured values.
  case numbers([Float], width: Int)
  /// `width` points per image, in its own pixels.
  case points([SIMD2<Float>], width: Int)

  /// The number of images with targets.
  package var count: Int {
    switch self {
    case .classes(let classes): classes.count
    case .numbers(let numbers, let width): numbers.count / max(width, 1)
    case .points(let points, let width): points.count / max(width, 1)
    }
  }

  /// Returns why the targets do not fit `task` or are not finite, in words; nil if they are valid.
  package func fault(for task: ImageTask) -> String? {
    switch (self, task) {
    case (.classes(let classes), .classify(let names)):
      return classes.allSatisfy { $0 >= 0 && $0 < names.count } ? nil : "a class without a name"
    case (.numbers(let numbers, let width), .multilabel(let labels, _)):
      guard width == labels.count else { return "\(width) labels for \(labels.count) names" }
      return numbers.allSatisfy { $0 == 0 || $0 == 1 } ? nil : "a label that is neither 0 nor 1"
    case (.numbers(let numbers, let width), .regress(let names, _)):
      guard width == names.count else { return "\(width) numbers for \(names.count) names" }
      return numbers.allSatisfy({ $0.isFinite }) ? nil : "a number that is not finite"
    case (.points(let points, let width), .points(let names)):
      guard width == names.count else { return "\(width) points for \(names.count) names" }
      return points.allSatisfy { $0.x.isFinite && $0.y.isFinite }
        ? nil : "a point that is not finite"
    default: return "targets of another task than \(task.name)"
    }
  }

  /// Returns the targets of images as the loss takes them; points are mapped by the transforms drawn for the images.
  func tensor(of images: [Int], _ drawn: [DrawnTransform]) -> Tensor {
    switch self {
    case .classes(let classes): return Tensor([images.count], images.map { classes[$0] })
    case .numbers(let numbers, let width):
      return Tensor(
        [images.count, width], images.flatMap { numbers[$0 * width..<($0 + 1) * width] })
    case .points(let points, let width):
      let moved = zip(images, drawn).flatMap { image, drawn in
        drawn.normalized(Array(points[image * width..<(image + 1) * width])).flatMap {
          [$0.x, $0.y]
        }
      }
      return Tensor([images.count, 2 * width], moved)
    }
  }
}
