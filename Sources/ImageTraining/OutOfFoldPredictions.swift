import ImageModels
package import Interpretation
package import Learning
package import ModelRegistry
import TensorCore

/// What models say of images that they have not learned from, for all images of a set: one model for each part of
/// it, trained on all others (cross-validation).
package struct OutOfFoldPredictions: Sendable {
  /// Probabilities, numbers or points as they are, by the images' numbers.
  package let table: PredictionTable

  /// Trains a model of `options` for each of `folds`, lists of images of which each stands in one, and has it predict
  /// those; what `data` says of its split is not looked at. `classWeights` are those of each training's own images;
  /// `callbacks` are told of each training, by the fold's number.
  ///
  /// Throws as a training does. Traps unless the folds hold each image once.
  package init(
    _ data: TrainingImages, folds: [[Int]], _ options: ImageTrainingOptions,
    weights: SafetensorsFile? = nil, classWeights: ClassWeights? = nil,
    callbacks: (Int) -> [any TrainingCallback] = { _ in [] }
  ) throws {
    precondition(folds.flatMap(\.self).sorted() == Array(0..<data.images.count))
    let width = data.task.outputCount
    var values = [Float](repeating: .nan, count: data.images.count * width)
    for (number, fold) in folds.enumerated() {
      let held = Set(fold)
      let own = TrainingImages(
        images: data.images, targets: data.targets, task: data.task,
        training: (0..<data.images.count).filter { !held.contains($0) }, heldOut: fold)
      var options = options
      options.classWeights = try classWeights?.values(for: own)
      let trainer = try ImageTrainer(own, options.suited(to: own), weights: weights)
      _ = try trainer.fit(callbacks: callbacks(number))
      let predictions = try trainer.heldOutPredictions().flatMap { $0.elements() }
      for (position, image) in fold.enumerated() {
        values.replaceSubrange(
          image * width..<(image + 1) * width,
          with: predictions[position * width..<(position + 1) * width])
      }
    }
    table = PredictionTable(width: width, values: values)
  }
}
