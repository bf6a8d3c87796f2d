import Foundation
package import ImageModels
import Images
import TensorCore

/// The images of a batch mixed with one another, and what is right for them mixed to the same shares.
package struct BatchMixing: Hashable, Sendable {
  /// Each image and another become their weighted mean (Zhang et al., "mixup: Beyond empirical risk minimization",
  /// 2018). The other's share is drawn for each from the beta distribution of this parameter, and is the lesser one,
  /// as in fastai; nil for not at all.
  package var mixup: Double?
  /// A rectangle of each image is replaced by that of another (Yun et al., "CutMix", 2019). Its share of the area is
  /// drawn for a batch from the beta distribution of this parameter; where it lies beyond the edge, it is cut and the
  /// share corrected. nil for not at all.
  package var cutmix: Double?

  /// With both, each batch is mixed by one of them, with equal probability.
  package init(mixup: Double? = nil, cutmix: Double? = nil) {
    self.mixup = mixup
    self.cutmix = cutmix
  }

  /// The most that a parameter may be: far above what is of use.
  package static let limit = 100.0

  /// What is wrong with it for images of a task, in words; nil when they can be mixed.
  package func fault(for task: ImageTask) -> String? {
    if [mixup, cutmix].contains(where: { $0.map { !($0 > 0 && $0 <= Self.limit) } ?? false }) {
      return "a parameter that is not above 0 and at most \(Int(Self.limit))"
    }
    switch task {
    case .classify, .multilabel: return nil
    case .regress:
      return cutmix == nil
        ? nil : "a part of an image says nothing of its numbers, as cutmix would have it"
    case .points:
      return mixup == nil && cutmix == nil
        ? nil : "two images in one have points of both, and a model answers with those of one"
    }
  }

  /// A batch of `task`, mixed; as it is without anything to do. Classes become probabilities, `[batch, classes]`.
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

    /// Of this share of an image's area, in its shape, around a point anywhere in it; what is beyond the edge is cut.
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
  /// The targets of a task's batch as numbers that can be mixed: of classes 1 for the right one and 0 for others.
  fileprivate func probabilities(of task: ImageTask) -> Tensor {
    guard case .classify(let classes) = task, let indices = try? indices() else { return self }
    return Tensor([indices.count, classes.count]) { numbers in
      numbers.update(repeating: 0)
      for (row, index) in indices.enumerated() { numbers[row * classes.count + Int(index)] = 1 }
    }
  }

  /// Each row with that of another mixed in, to a share of its own.
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

  /// Images, each with a patch of another's.
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
