import ImageModels
import Images
package import Interpretation
package import Learning
package import ModelRegistry
import TensorCore

/// What models say of images that they have not learned from, for the images of a set: one model for each part of
/// it, trained on all others (cross-validation).
package struct OutOfFoldPredictions: Sendable {
  /// The numbers of the images, rising.
  package let images: [Int]
  /// Probabilities or numbers as they are, of points x and y in pixels of the image as it is read: a row for each of
  /// ``images``.
  package let table: PredictionTable

  /// Trains a model of `options` for each of `folds`, lists of images of which none stands twice, and has it predict
  /// those; images in none of them are left out, and what `data` says of its split is not looked at. `classWeights` are
  /// those of each training's own images; `callbacks` are told of each training, by the fold's number.
  ///
  /// Throws as a training does. Traps for an image in two folds.
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
  /// What a network answers for an image, points in its pixels.
  fileprivate func answer(
    _ values: [Float], for image: Int, through transform: ImageTransform
  ) throws(TrainingError) -> [Float] {
    guard case .points = task else { return values }
    let drawn = transform.fixed(for: try images.image(image).size)
    return drawn.located(values).flatMap { [$0.x, $0.y] }
  }
}
