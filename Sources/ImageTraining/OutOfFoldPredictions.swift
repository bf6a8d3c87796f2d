import ImageModels
import Images
package import Interpretation
package import Learning
package import ModelRegistry
import TensorCore

/// Out-of-fold predictions (cross-validation): each image is predicted by a model trained on the other folds.
package struct OutOfFoldPredictions: Sendable {
  /// The numbers of the images, ascending.
  package let images: [Int]
  /// Probabilities or unscaled numbers, one row for each of ``images``. Points are x and y in pixels of the image as
  /// read.
  package let table: PredictionTable

  /// Trains a model with `options` for each of `folds`, which must be disjoint, and predicts the fold with it.
  /// Images in no fold are left out; the split of `data` is ignored. `classWeights` are computed from each
  /// training's own images; `callbacks` returns those of a training, by fold number.
  ///
  /// Throws as a training does. Traps if an image is in two folds.
  package init(
    _ data: TrainingImages, folds: [[Int]], _ options: ImageTrainingOptions,
    weights: SafetensorsFile? = nil, classWeights: ClassWeights? = nil,
    callbacks: (Int) -> [any TrainingCallback] = { _ in [] }
  ) throws {
    images = folds.flatMap(\.self).sorted()
    let rows = Dictionary(uniqueKeysWithValues: images.enumerated().map { ($1, $0) })
    let width = data.task.outputCount
    var values = [Float](repeating: .nan, count: images.count * width)
    for (number, fold) in folds.enumerated() {
      let held = Set(fold)
      let own = TrainingImages(
        images: data.images, targets: data.targets, task: data.task,
        training: images.filter { !held.contains($0) }, heldOut: fold)
      var options = options
      options.classWeights = try classWeights?.values(for: own)
      let trainer = try ImageTrainer(own, options.suited(to: own), weights: weights)
      _ = try trainer.fit(callbacks: callbacks(number))
      let predictions = try trainer.heldOutPredictions().flatMap { $0.elements() }
      for (position, image) in fold.enumerated() {
        guard let row = rows[image] else { preconditionFailure("image \(image) has no row") }
        values.replaceSubrange(
          row * width..<(row + 1) * width,
          with: try own.answer(
            Array(predictions[position * width..<(position + 1) * width]), for: image,
            through: trainer.description.input))
      }
    }
    table = PredictionTable(width: width, values: values)
  }
}

extension TrainingImages {
  /// Returns a network's answer for an image, with points in its pixels.
  fileprivate func answer(
    _ values: [Float], for image: Int, through transform: ImageTransform
  ) throws(TrainingError) -> [Float] {
    guard case .points = task else { return values }
    let drawn = transform.fixed(for: try images.image(image).size)
    return drawn.located(values).flatMap { [$0.x, $0.y] }
  }
}
