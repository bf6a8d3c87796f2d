import Errors
import Foundation
package import ImageData
package import ImageModels
package import Images
package import Interpretation
package import TensorCore

/// Predictions for labelled images, beside their labels.
package struct Examination: Sendable {
  /// The images, by item in the data set.
  package let items: [Int]
  /// The names of the images.
  package let names: [String]
  /// The group of each image: those of the data set unless replaced; nil without groups.
  package var groups: [String]?
  /// The task that was predicted.
  package let task: ImageTask
  /// The actual labels.
  package let truth: Truth
  /// Probabilities of classes and labels, or numbers; one row per image.
  package let predictions: PredictionTable
  /// The calibration behind the probabilities; nil if they are raw.
  package let calibration: ImageCalibration?

  /// The labels of images, in the order of a model's outputs.
  package enum Truth: Sendable {
    case classes([Int])
    case labels([Bool])
    /// For points x and y in pixels of the file.
    case numbers([Float])
  }

  /// The number of images predicted at a time.
  private static let batchSize = 16

  /// Examines existing predictions for `items` of a data set, laid out as in ``predictions``. Throws if the labels
  /// do not belong to the task or contain an unknown class.
  package init(
    _ predictions: PredictionTable, of items: [Int], in set: ImageDataSet, for task: ImageTask,
    calibration: ImageCalibration? = nil
  ) throws(ImageDataError) {
    truth = try Truth(set.targets, items: items, for: task)
    names = items.map { set.names[$0] }
    groups = set.groups.map { groups in items.map { groups[$0] } }
    self.items = items
    self.task = task
    self.predictions = predictions
    self.calibration = calibration
  }

  /// Has `model` predict `items` of a data set, with `augmentedCount` augmented versions of each image averaged in.
  /// `failed` is told of each image that cannot be read; without it, the first failure is thrown. Throws as the
  /// other initialiser does, whatever `failed` throws, and if no image is given or readable.
  package init(
    of model: ImageModel, on set: ImageDataSet, items: [Int], augmentedCount: Int = 0,
    on context: ComputeContext,
    failed: ((Int, ImageError) throws -> Void)? = nil
  ) throws {
    guard !items.isEmpty else {
      throw ImageDataError(
        .noneHeldOut, "no image is held out", place: "split \(set.split.words)",
        remedy: "Hold some out, or examine all.")
    }
    // Reports labels of another task before an hour of predictions.
    _ = try Truth(set.targets, items: items, for: model.description.task)
    var values: [Float] = []
    var read: [Int] = []
    for start in stride(from: 0, to: items.count, by: Self.batchSize) {
      let batch = Array(items[start..<min(start + Self.batchSize, items.count)])
      let inputs = try Self.inputs(
        of: batch, for: model, augmented: augmentedCount > 0, set, context, failed)
      read += inputs.map(\.item)
      if inputs.isEmpty { continue }
      values += try model.answers(
        for: inputs.map(\.input), augmentedCount: augmentedCount, on: context
      ).flatMap(\.values)
    }
    guard !read.isEmpty else {
      throw ImageDataError(
        .noneReadable, "none of the images can be read", place: set.items.place,
        remedy: "Check the images.")
    }
    try self.init(
      PredictionTable(width: model.description.task.outputCount, values: values), of: read,
      in: set, for: model.description.task, calibration: model.description.calibration)
  }

  /// Returns the embeddings of the examined images by the model's body, in order.
  package func vectors(
    by model: ImageModel, _ set: ImageDataSet, on context: ComputeContext
  ) throws -> (values: [Float], width: Int) {
    let embedder = try ImageEmbedder(of: model)
    let batchSize = model.description.input.batchSize(atMost: Self.batchSize)
    var values: [Float] = []
    for start in stride(from: 0, to: items.count, by: batchSize) {
      let batch = Array(items[start..<min(start + batchSize, items.count)])
      let inputs = try Self.inputs(of: batch, for: model, set, context, nil)
      values += try embedder.vectors(
        of: model.batch(of: inputs.map(\.input), on: context).images, on: context)
    }
    return (values, embedder.width)
  }

  private static func inputs(
    of batch: [Int], for model: ImageModel, augmented: Bool = false, _ set: ImageDataSet,
    _ context: ComputeContext, _ failed: ((Int, ImageError) throws -> Void)?
  ) throws -> [(item: Int, input: ModelInput)] {
    let results = model.inputs(
      named: batch.map { set.names[$0] }, augmented: augmented, on: context
    ) {
      (position, side) throws(ImageError) in
      try set.decode(batch[position], minimumSide: side)
    }
    var inputs: [(item: Int, input: ModelInput)] = []
    for (item, result) in zip(batch, results) {
      do throws(ImageError) { inputs.append((item, try result.get())) } catch {
        guard let failed else { throw error }
        try failed(item, error)
      }
    }
    return inputs
  }

  /// The names of the outputs.
  package var outputs: [String] { task.outputNames }

  /// The thresholds above which labels are given; empty for other tasks.
  package var thresholds: [Float] {
    if case .multilabel(_, let thresholds) = task { thresholds } else { [] }
  }

  /// Whether the numbers are points, two numbers each.
  package var isOfPoints: Bool {
    if case .points = task { true } else { false }
  }

  /// Returns the points that an image is labelled with, x and y in pixels of the file; empty for other tasks.
  package func actualPoints(_ image: Int) -> [Float] {
    guard case .numbers(let actual) = truth, isOfPoints else { return [] }
    return Array(actual[image * predictions.width..<(image + 1) * predictions.width])
  }

  /// Returns the confusion matrix against the `actual` classes.
  package func confusion(of actual: [Int]) -> ConfusionMatrix {
    ConfusionMatrix(actual: actual, predicted: predictedClasses, classCount: outputs.count)
  }

  /// The predicted class of each image.
  package var predictedClasses: [Int] {
    (0..<predictions.count).map { predictions.predictedClass(of: $0) }
  }

  /// The loss of each image: the negative log-likelihood of its class, the mean binary cross-entropy of its labels,
  /// or the mean squared error.
  package var losses: [Double] {
    func loss(_ probability: Float) -> Double { -log(max(Double(probability), 1e-12)) }
    let width = predictions.width
    return (0..<predictions.count).map { image in
      let row = Array(predictions[image])
      switch truth {
      case .classes(let classes): return loss(row[classes[image]])
      case .labels(let isTrue):
        return row.indices.reduce(0) {
          $0 + loss(isTrue[image * width + $1] ? row[$1] : 1 - row[$1])
        } / Double(width)
      case .numbers(let numbers):
        return row.indices.reduce(0) {
          $0 + pow(Double(row[$1] - numbers[image * width + $1]), 2)
        } / Double(width)
      }
    }
  }

  /// Returns the label of an image in words.
  package func actualWords(_ image: Int) -> String {
    let width = predictions.width
    switch truth {
    case .classes(let classes): return outputs[classes[image]]
    case .labels(let isTrue):
      return list(outputs.indices.filter { isTrue[image * width + $0] })
    case .numbers(let numbers):
      return (0..<width).map { String(format: "%.4g", numbers[image * width + $0]) }.joined(
        separator: ", ")
    }
  }

  /// Returns the prediction for an image in words.
  package func predictedWords(_ image: Int) -> String {
    let row = Array(predictions[image])
    switch truth {
    case .classes: return outputs[predictions.predictedClass(of: image)]
    case .labels: return list(outputs.indices.filter { row[$0] > thresholds[$0] })
    case .numbers: return row.map { String(format: "%.4g", $0) }.joined(separator: ", ")
    }
  }

  private func list(_ positions: [Int]) -> String {
    positions.isEmpty ? "(none)" : positions.map { outputs[$0] }.joined(separator: ", ")
  }

  /// The main metric, in words.
  package var words: String {
    let images = names.count == 1 ? "1 image" : "\(names.count) images"
    switch truth {
    case .classes(let actual):
      return String(format: "accuracy %.4f on \(images)", confusion(of: actual).accuracy)
    case .labels:
      return String(format: "macro F1 %.4f on \(images)", macroFigures?.f1 ?? .nan)
    case .numbers:
      let mean = losses.reduce(0, +) / Double(losses.count)
      return String(format: "RMSE %.4f on \(images)", mean.squareRoot())
    }
  }
}

extension Examination.Truth {
  /// Collects the labels of some images of a data set, in the order of the outputs of `task`.
  fileprivate init(
    _ targets: ImageTargets, items: [Int], for task: ImageTask
  ) throws(ImageDataError) {
    func place(_ name: String) throws(ImageDataError) -> Int {
      guard let place = task.outputNames.firstIndex(of: name) else {
        throw ImageDataError(
          .badLabel, "images are labelled '\(name)', which the model has not learned",
          place: "labels",
          remedy:
            "Examine it on labels that it knows: \(task.outputNames.prefix(12).joined(separator: ", "))."
        )
      }
      return place
    }
    switch (targets, task) {
    case (.classes(let names, let classes), .classify):
      var places: [Int: Int] = [:]
      for own in Set(items.map({ classes[$0] })) { places[own] = try place(names[own]) }
      self = .classes(items.map { places[classes[$0]] ?? 0 })
    case (.classes(let names, let classes), .multilabel(let labels, _)):
      var isTrue: [Bool] = []
      for item in items {
        let own = try place(names[classes[item]])
        isTrue += labels.indices.map { $0 == own }
      }
      self = .labels(isTrue)
    case (.labels(let names, let sets), .multilabel(let labels, _)):
      var isTrue: [Bool] = []
      for item in items {
        var own: Set<Int> = []
        for label in sets[item].labels { own.insert(try place(names[label])) }
        isTrue += labels.indices.map { own.contains($0) }
      }
      self = .labels(isTrue)
    case (.numbers(let names, let values), .regress(let outputs, _))
    where names.count == outputs.count:
      self = .numbers(items.flatMap { values[$0 * names.count..<($0 + 1) * names.count] })
    case (.points(let count, let positions), .points(let outputs)) where count == outputs.count:
      self = .numbers(
        items.flatMap { positions[$0 * count..<($0 + 1) * count].flatMap { [$0.x, $0.y] } })
    default:
      throw ImageDataError(
        .otherTask, "the labels do not fit the model's task, \(task.name)", place: "labels",
        remedy: "Use the same source of labels as its training.")
    }
  }
}
