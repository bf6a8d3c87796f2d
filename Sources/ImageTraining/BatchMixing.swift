import Foundation
package import ImageModels
import Images
import TensorCore

/// Mixing of the images of a batch, and of their targets in the same proportions.
package struct BatchMixing: Hashable, Sendable {
  /// Replaces each image by its weighted mean with another one (Zhang et al., "mixup: Beyond empirical risk
  /// minimization", 2018). The other's share is drawn per image from the symmetric beta distribution with this
  /// parameter; as in fastai, it is the lesser of the two shares. nil disables it.
  package var mixup: Double?
  /// Replaces a rectangle of each image by that of another one (Yun et al., "CutMix", 2019). Its share of the area
  /// is drawn per batch from the symmetric beta distribution with this parameter. A rectangle that crosses the edge
  /// is clipped and the share corrected. nil disables it.
  package var cutmix: Double?

  /// With both, each batch uses either with equal probability.
  package init(mixup: Double? = nil, cutmix: Double? = nil) {
    self.mixup = mixup
    self.cutmix = cutmix
  }

  /// The maximum of a parameter: far more than useful.
  package static let limit = 100.0

  /// Returns why the images of a task cannot be mixed this way, in words; nil if they can.
  package func fault(for task: ImageTask) -> String? {
    if [mixup, cutmix].contains(where: { $0.map { !($0 > 0 && $0 <= Self.limit) } ?? false }) {
      return "a parameter that is not above 0 and at most \(Int(Self.limit))"
    }
    switch task {
    case .classify, .multilabel: return nil
    case .regress:
      return cutmix == nil
        ? nil : "a part of an image does not determine its numbers"
    case .points:
      return mixup == nil && cutmix == nil
        ? nil : "mixed images have the points of both, and a model predicts those of one"
    }
  }

  /// Returns a batch of `task`, mixed; unchanged if both are disabled. Classes become probabilities,
  /// `[batch, classes]`.
  func mixed(
    _ batch: PreparedBatch, for task: ImageTask, _ random: inout RandomStream
  ) -> PreparedBatch {
    let count = batch.images.shape[0]
    guard mixup != nil || cutmix != nil, count > 0 else { return batch }
    var others = (0..<UInt32(count)).map(\.self)
    random.shuffle(&others)
    let targets = batch.targets.probabilities(of: task)
    if let mixup, cutmix == nil || random.happens(0.5) {
      let shares = others.map { _ in
        let share = Float(random.beta(mixup))
        return min(share, 1 - share)
      }
      return PreparedBatch(
        images: batch.images.mixed(with: others, shares),
        targets: targets.mixed(with: others, shares))
    }
    guard let cutmix else { return batch }
    let (height, width) = (batch.images.shape[2], batch.images.shape[3])
    let patch = Patch(
      share: 1 - random.beta(cutmix), width: width, height: height, &random)
    let share = Float(patch.area) / Float(width * height)
    return PreparedBatch(
      images: batch.images.pasted(patch, from: others),
      targets: targets.mixed(with: others, others.map { _ in share }))
  }

  /// A rectangle of an image.
  fileprivate struct Patch {
    let rows: Range<Int>
    let columns: Range<Int>

    var area: Int { rows.count * columns.count }

    /// Creates a rectangle with this share of an image's area and the image's proportions, around a random point,
    /// clipped at the edge.
    init(share: Double, width: Int, height: Int, _ random: inout RandomStream) {
      func range(_ length: Int) -> Range<Int> {
        let half = Int((Double(length) * share.squareRoot()).rounded()) / 2
        let middle = Int(random.unit() * Double(length))
        return max(middle - half, 0)..<min(middle + half, length)
      }
      columns = range(width)
      rows = range(height)
    }
  }
}

extension Tensor {
  /// Returns the targets of a task's batch as numbers that can be mixed; classes are one-hot encoded.
  fileprivate func probabilities(of task: ImageTask) -> Tensor {
    guard case .classify(let classes) = task, let indices = try? indices() else { return self }
    return Tensor([indices.count, classes.count]) { numbers in
      numbers.update(repeating: 0)
      for (row, index) in indices.enumerated() { numbers[row * classes.count + Int(index)] = 1 }
    }
  }

  /// Returns each row with another one mixed in, each with its own share.
  fileprivate func mixed(with others: [UInt32], _ shares: [Float]) -> Tensor {
    let length = elementCount / others.count
    return withElements { elements in
      Tensor(shape) { output in
        for (row, (other, share)) in zip(others, shares).enumerated() {
          let (own, second) = (row * length, Int(other) * length)
          for position in 0..<length {
            let number = elements[own + position]
            output[own + position] = number + (elements[second + position] - number) * share
          }
        }
      }
    }
  }

  /// Returns the images, each with a patch of another one.
  fileprivate func pasted(_ patch: BatchMixing.Patch, from others: [UInt32]) -> Tensor {
    let (channels, height, width) = (shape[1], shape[2], shape[3])
    return withElements { elements in
      Tensor(shape) { output in
        _ = output.update(from: elements)
        for (image, other) in others.enumerated() {
          for channel in 0..<channels {
            let own = (image * channels + channel) * height
            let second = (Int(other) * channels + channel) * height
            for row in patch.rows {
              for column in patch.columns {
                output[(own + row) * width + column] = elements[(second + row) * width + column]
              }
            }
          }
        }
      }
    }
  }
}
