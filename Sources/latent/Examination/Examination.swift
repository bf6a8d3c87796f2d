import Errors
import Foundation
import ImageData
import ImageModels
import Images
import Interpretation
import Learning
import TensorCore

/// What a model says of labelled images, beside their labels.
struct Examination {
  /// What the images are called.
  let names: [String]
  /// What each belongs to, where groups were asked for.
  let groups: [String]?
  /// What the model answers, by its outputs.
  let outputs: [String]
  /// What each image is labelled.
  let truth: Truth
  /// Probabilities of classes and labels, or numbers; a row an image.
  let predictions: PredictionTable
  /// Over what labels are given.
  let thresholds: [Float]
  /// How the predictions were made probabilities.
  let calibration: ImageCalibration?
  /// The most rows of tables that have as many as there are images.
  let count: Int

  /// The labels of images, in the order of a model's outputs.
  enum Truth {
    case classes([Int])
    case labels([Bool])
    case numbers([Float])
  }

  /// How many images are predicted at a time.
  private static let batchSize = 16

  /// Has `model` predict `items` of a data set. Throws when the labels are not of the model's task, or hold a class
  /// that it does not know; what keeps an image from being read, or `failed` throws of it: nil is told of none.
  init(
    of model: ImageModel, on set: ImageDataSet, items: [Int], augmentedCount: Int,
    threadCount: Int, count: Int,
    failed: ((Int, ImageError) throws(TrainingError) -> Void)? = nil
  ) throws {
    guard !items.isEmpty else {
      throw CommandFailure(
        "no image is held out", remedy: "Hold some out (--split), or examine all with --all.")
    }
    outputs = model.description.task.outputNames
    if case .multilabel(_, let own) = model.description.task {
      thresholds = own
    } else {
      thresholds = []
    }
    calibration = model.description.calibration
    self.count = count
    let context = ComputeContext(threadCount: threadCount)
    let decoder = ImageDecoder()
    var values: [Float] = []
    var read: [Int] = []
    for start in stride(from: 0, to: items.count, by: Self.batchSize) {
      let batch = Array(items[start..<min(start + Self.batchSize, items.count)])
      let inputs = model.inputs(named: batch.map { set.names[$0] }, on: context) {
        (position, side) throws(ImageError) in
        try set.decode(batch[position], with: decoder, minimumSide: side)
      }
      var found: [ModelInput] = []
      for (item, result) in zip(batch, inputs) {
        do throws(ImageError) {
          found.append(try result.get())
          read.append(item)
        } catch {
          guard let failed else { throw error }
          try failed(item, error)
        }
      }
      if found.isEmpty { continue }
      values += try model.answers(
        for: found, augmentedCount: augmentedCount, on: context
      ).flatMap(\.values)
    }
    guard !read.isEmpty else {
      throw CommandFailure(
        "none of the images can be read", remedy: "`latent images check` says what is wrong.")
    }
    truth = try Truth(set.targets, items: read, for: model.description.task)
    names = read.map { set.names[$0] }
    groups = set.groups.map { groups in read.map { groups[$0] } }
    predictions = PredictionTable(width: model.description.task.outputCount, values: values)
  }

  /// How often images of the `actual` classes were taken for each.
  func confusion(of actual: [Int]) -> ConfusionMatrix {
    ConfusionMatrix(actual: actual, predicted: predictedClasses, classCount: outputs.count)
  }

  /// The predicted class of each image.
  var predictedClasses: [Int] { (0..<predictions.count).map { predictions.predictedClass(of: $0) } }

  /// The loss of each image: the negative log-likelihood of its class, the mean binary cross-entropy of its labels, or
  /// the mean squared error.
  var losses: [Double] {
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

  /// What an image is labelled, and what the model says of it, in words.
  func actualWords(_ image: Int) -> String {
    let width = predictions.width
    switch truth {
    case .classes(let classes): return outputs[classes[image]]
    case .labels(let isTrue):
      return list(outputs.indices.filter { isTrue[image * width + $0] })
    case .numbers(let numbers):
      return (0..<width).map { "\(numbers[image * width + $0])" }.joined(separator: ", ")
    }
  }

  func predictedWords(_ image: Int) -> String {
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

  /// The main figure, for people.
  var words: String {
    let images = names.count == 1 ? "1 image" : "\(names.count) images"
    switch truth {
    case .classes(let actual):
      return String(format: "accuracy %.4f on \(images)", confusion(of: actual).accuracy)
    case .labels(let isTrue):
      let counts = ThresholdSweep.counts(predictions, isTrue, over: thresholds)
      let mean = counts.reduce(0) { $0 + $1.f1 } / Double(counts.count)
      return String(format: "macro F1 %.4f on \(images)", mean)
    case .numbers:
      let mean = losses.reduce(0, +) / Double(losses.count)
      return String(format: "RMSE %.4f on \(images)", mean.squareRoot())
    }
  }
}

extension Examination.Truth {
  /// The labels of some images of a data set, in the order of the outputs of `task`.
  fileprivate init(_ targets: ImageTargets, items: [Int], for task: ImageTask) throws {
    func place(_ name: String) throws -> Int {
      guard let place = task.outputNames.firstIndex(of: name) else {
        throw CommandFailure(
          "the model has not learned '\(name)', which images are labelled",
          remedy:
            "Examine it on labels that it knows: \(task.outputNames.prefix(12).joined(separator: ", "))."
        )
      }
      return place
    }
    switch (targets, task) {
    case (.classes(let names, let classes), .classify):
      let places = try Set(items.map { classes[$0] }).reduce(into: [Int: Int]()) {
        $0[$1] = try place(names[$1])
      }
      self = .classes(items.map { places[classes[$0]] ?? 0 })
    case (.classes(let names, let classes), .multilabel(let labels, _)):
      self = .labels(
        try items.flatMap { item in
          let own = try place(names[classes[item]])
          return labels.indices.map { $0 == own }
        })
    case (.labels(let names, let sets), .multilabel(let labels, _)):
      self = .labels(
        try items.flatMap { item in
          let own = Set(try sets[item].labels.map { try place(names[$0]) })
          return labels.indices.map { own.contains($0) }
        })
    case (.numbers(let names, let values), .regress(let outputs, _))
    where names.count == outputs.count:
      self = .numbers(items.flatMap { values[$0 * names.count..<($0 + 1) * names.count] })
    case (.points(let count, let positions), .points(let outputs)) where count == outputs.count:
      self = .numbers(
        items.flatMap { positions[$0 * count..<($0 + 1) * count].flatMap { [$0.x, $0.y] } })
    default:
      throw CommandFailure(
        "the labels are not those of a model of \(task.name)",
        remedy: "Name the same columns as `latent images train` had.")
    }
  }
}
