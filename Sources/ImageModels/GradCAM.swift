import Errors
import Layers
package import ModelRegistry
package import TensorCore

/// Class activation maps of a network (Grad-CAM: Selvaraju et al., "Grad-CAM: Visual Explanations from Deep Networks
/// via Gradient-based Localization", 2017, section 3).
///
///     let maps = try GradCAM(of: model).maps(for: images, outputs: [3, 0], on: context)
package final class GradCAM {
  private let network: ImageNetwork
  private let task: ImageTask

  /// Creates maps of a network for `task`, with its current weights. Freezes its parameters: gradients are taken by
  /// the features only.
  package init(_ network: ImageNetwork, task: ImageTask) {
    self.network = network
    self.task = task
    for (_, parameter) in network.namedParameters() { parameter.isFrozen = true }
  }

  /// Creates maps of an open model. Throws ``ModelFileError`` if its weights do not fit or are not finite.
  package convenience init(of model: ImageModel) throws(ModelFileError) {
    self.init(try model.network(), task: model.description.task)
  }

  /// Returns a map for each image of `[batch, channels, height, width]`, for the output at the same position of
  /// `outputs`: a class, a label, a number, or a point, whose two coordinates are summed.
  ///
  /// Each feature is weighted by the mean over all places of the output's gradient by that feature (eq. 1); for
  /// classes and labels the output is the logit. The weighted features are summed (eq. 2, without its ReLU: see
  /// ``ActivationMap/positive``). Takes the time of a prediction and of the head's backward pass.
  ///
  /// Traps unless there is one output per image. Throws if the images do not fit the network.
  package func maps(
    for images: Tensor, outputs: [Int], on context: ComputeContext
  ) throws(TensorError) -> [ActivationMap] {
    precondition(outputs.count == images.shape[0], "an output an image")
    return try context.run { () throws(TensorError) in
      let seen = try network.backbone(
        Variable(images), in: ForwardPass(isTraining: false, context: context))
      let features = try seen.value.rowMajor()
      guard case .points = task else {
        let gradient = try gradient(of: outputs, by: features, context)
        return ActivationMap.maps(features, weighted: gradient)
      }
      // Evidence for moving a point right and for moving it left both count.
      let across = ActivationMap.maps(
        features, weighted: try gradient(of: outputs.map { 2 * $0 }, by: features, context))
      let down = ActivationMap.maps(
        features, weighted: try gradient(of: outputs.map { 2 * $0 + 1 }, by: features, context))
      return zip(across, down).map { across, down in
        ActivationMap(
          width: across.width, height: across.height,
          values: zip(across.values, down.values).map { abs($0) + abs($1) })
      }
    }
  }

  /// Returns the gradient of each image's own output by its features.
  private func gradient(
    of outputs: [Int], by features: Tensor, _ context: ComputeContext
  ) throws(TensorError) -> Tensor {
    let pass = ForwardPass(isTraining: false, isRecording: true, context: context)
    let watched = pass.tape.watch(features)
    let answers = try network.head(watched, in: pass)
    let width = answers.shape[1]
    let chosen = Tensor([outputs.count, width]) { chosen in
      chosen.update(repeating: 0)
      for (image, output) in outputs.enumerated() { chosen[image * width + output] = 1 }
    }
    let sum = try pass.tape.sum(pass.tape.multiply(answers, Variable(chosen)))
    return try pass.tape.gradients(of: sum)[watched]?.tensor ?? .zeros(features.shape)
  }
}

/// The evidence for (or against) an answer in each cell of an image, in row-major order from the top left.
package struct ActivationMap: Equatable, Sendable {
  package let width: Int
  package let height: Int
  /// Positive for the answer, negative against it.
  package let values: [Float]

  /// Traps unless there is one number per cell.
  package init(width: Int, height: Int, values: [Float]) {
    precondition(values.count == width * height && !values.isEmpty, "a number a cell")
    (self.width, self.height, self.values) = (width, height, values)
  }

  /// The evidence for the answer only: the paper's ReLU, which yields its maps.
  package var positive: ActivationMap {
    ActivationMap(width: width, height: height, values: values.map { max($0, 0) })
  }

  /// The numbers divided by the greatest magnitude, to -1 ... 1; unchanged if all are 0.
  package var normalized: ActivationMap {
    let most = values.reduce(0) { max($0, abs($1)) }
    return ActivationMap(
      width: width, height: height, values: most > 0 ? values.map { $0 / most } : values)
  }

  /// Returns the value at a place, x and y from 0 at the top left to 1, interpolated linearly between cell centres.
  package func value(atX x: Float, y: Float) -> Float {
    func cells(_ place: Float, _ count: Int) -> (first: Int, second: Int, share: Float) {
      let middle = min(max(place * Float(count) - 0.5, 0), Float(count - 1))
      let first = Int(middle)
      return (first, min(first + 1, count - 1), middle - Float(first))
    }
    let (column, row) = (cells(x, width), cells(y, height))
    func line(_ row: Int) -> Float {
      let (left, right) = (values[row * width + column.first], values[row * width + column.second])
      return left + (right - left) * column.share
    }
    return line(row.first) + (line(row.second) - line(row.first)) * row.share
  }

  /// Returns a map for each image: features `[batch, features, height, width]`, weighted by their mean gradients.
  fileprivate static func maps(_ features: Tensor, weighted gradient: Tensor) -> [ActivationMap] {
    let shape = features.shape
    let (count, cells) = (shape[1], shape[2] * shape[3])
    let (features, gradient) = (features.elements(), gradient.elements())
    return (0..<shape[0]).map { image in
      var values = [Float](repeating: 0, count: cells)
      for feature in 0..<count {
        let start = (image * count + feature) * cells
        let weight = gradient[start..<start + cells].reduce(0, +) / Float(cells)
        for cell in 0..<cells { values[cell] += weight * features[start + cell] }
      }
      return ActivationMap(width: shape[3], height: shape[2], values: values)
    }
  }
}
