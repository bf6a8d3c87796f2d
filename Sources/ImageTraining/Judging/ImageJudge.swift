import Errors
package import Evaluation
package import ImageModels
package import Images
package import Learning
import ModelRegistry
import TensorCore

/// The images of a training for the models that are evaluated: read from their files as each model wants them, which
/// may differ from the training's.
package struct JudgedImages: Sendable {
  /// Returns the image of a number, with a shorter side of at least the given one, or the file's if that is less.
  let read: @Sendable (_ image: Int, _ minimumSide: Int?) throws(TrainingError) -> DecodedImage
  /// The names of the images; nil if they have numbers only.
  private let names: [String]?
  /// The group of each image, by number; images of one group are not independent. nil if all images are
  /// independent.
  let groups: [String]?

  package init(
    groups: [String]? = nil, names: [String]? = nil,
    read: @escaping @Sendable (Int, Int?) throws(TrainingError) -> DecodedImage
  ) {
    self.groups = groups
    self.names = names
    self.read = read
  }

  /// Returns the image of a number as `model` sees it, or the error if its channels do not fit. Throws if the image
  /// cannot be read.
  func input(
    _ image: Int, for model: ImageModel
  ) throws(TrainingError) -> Result<ModelInput, ImageError> {
    let decoded = try read(image, model.minimumSide())
    return Result { () throws(ImageError) in
      try ModelInput(decoded, for: model, named: names?[image] ?? "image \(image)")
    }
  }
}

/// Evaluates models on the held-out images of a training: the new one as written, the one in service, and a baseline
/// that ignores the image. All are evaluated on the same images, with outputs matched by name.
package struct ImageJudge {
  private let data: TrainingImages
  private let images: JudgedImages
  private let context: ComputeContext

  /// The number of images predicted at a time.
  private static let batchSize = 32

  package init(_ data: TrainingImages, _ images: JudgedImages, threadCount: Int) {
    self.data = data
    self.images = images
    context = ComputeContext(threadCount: threadCount)
  }

  /// Returns the metrics of `model`; nil if it answers something else: another task, other numbers, or images of
  /// other channels. A class or label unknown to the model has probability 0.
  ///
  /// Throws if an image cannot be read, and `badData` if the weights do not fit.
  package func report(
    of model: ImageModel, called name: String
  ) throws(TrainingError) -> ModelReport? {
    try judged(model, called: name).mapError { flaw in
      TrainingError(.badData, flaw.problem, place: flaw.place, remedy: flaw.remedy)
    }.get()
  }

  /// Returns the metrics, or the fault of the model. Throws if an image cannot be read, which is no fault of the
  /// model.
  func judged(
    _ model: ImageModel, called name: String
  ) throws(TrainingError) -> Result<ModelReport?, ModelFileError> {
    let task = model.description.task
    guard task.kind == data.task.kind else { return .success(nil) }
    let known = Dictionary(
      uniqueKeysWithValues: task.outputNames.enumerated().map { ($1, $0) })
    let places = data.task.outputNames.map { known[$0] }
    switch data.task {
    case .classify, .multilabel: break
    case .regress, .points:
      guard !places.contains(nil), known.count == places.count else { return .success(nil) }
    }
    var figures = Figures(data, images)
    let held = data.heldOut
    for start in stride(from: 0, to: held.count, by: Self.batchSize) {
      let batch = Array(held[start..<min(start + Self.batchSize, held.count)])
      guard let inputs = try inputs(batch, for: model) else { return .success(nil) }
      let answers: [ImageAnswer]
      do throws(ModelFileError) { answers = try model.answers(for: inputs, on: context) } catch {
        return .failure(error)
      }
      for ((image, input), answer) in zip(zip(batch, inputs), answers) {
        figures.add(
          image, input.fileSize, answer.values(at: places, of: task, input.fileSize),
          given: answer.given(at: places, of: task))
      }
    }
    return .success(figures.report(name))
  }

  /// Returns the metrics of predicting the same for every image, from the training images: the frequency of each
  /// class or label, called `prior` as in scikit-learn's `DummyClassifier`, or the mean of numbers. Throws if an
  /// image cannot be read.
  package func baseline() throws(TrainingError) -> ModelReport {
    var sums = [Double](repeating: 0, count: data.task.outputCount)
    var figures = Figures(data, images)
    let needsSize = data.task.kind == .points
    for image in data.training {
      let size = needsSize ? try images.fileSize(image) : nil
      for (output, number) in data.targets.numbers(of: image, for: data.task, size).enumerated() {
        sums[output] += Double(number)
      }
    }
    let answer = sums.map { Float($0 / Double(max(data.training.count, 1))) }
    for image in data.heldOut {
      figures.add(
        image, needsSize ? try images.fileSize(image) : nil, answer, given: answer.map { $0 > 0.5 })
    }
    switch data.task {
    case .classify, .multilabel: return figures.report("prior")
    case .regress, .points: return figures.report("mean")
    }
  }

  /// Returns the images as `model` sees them; nil if the channels of one do not fit.
  private func inputs(
    _ batch: [Int], for model: ImageModel
  ) throws(TrainingError) -> [ModelInput]? {
    let results = context.mapChunks(of: batch.count, size: 1) { chunk in
      chunk.map { position in
        Result { () throws(TrainingError) in
          try images.input(batch[position], for: model)
        }
      }
    }.flatMap(\.self)
    var inputs: [ModelInput] = []
    for result in results {
      guard case .success(let input) = try result.get() else { return nil }
      inputs.append(input)
    }
    return inputs
  }
}

/// The per-image terms of the metrics, accumulated by group.
private struct Figures {
  private let data: TrainingImages
  private let groups: [String]?
  private var places: [String: Int] = [:]
  /// The sums of each metric's terms, and the image counts, per group.
  private var sums: [[Double]]
  private var counts: [Double] = []

  init(_ data: TrainingImages, _ images: JudgedImages) {
    self.data = data
    groups = images.groups
    sums = data.task.judgedBy.map { _ in [] }
  }

  /// `size` is that of the image's file, which points depend on.
  mutating func add(_ image: Int, _ size: ImageSize?, _ answer: [Float], given: [Bool]) {
    let terms = data.task.terms(
      of: answer, truth: data.targets.numbers(of: image, for: data.task, size), given: given)
    let place: Int
    if let group = groups?[image], let known = places[group] {
      place = known
    } else {
      place = counts.count
      counts.append(0)
      for metric in sums.indices { sums[metric].append(0) }
      if let group = groups?[image] { places[group] = place }
    }
    counts[place] += 1
    for (metric, term) in terms.enumerated() { sums[metric][place] += term }
  }

  func report(_ name: String) -> ModelReport {
    ModelReport(
      name: name,
      sums: counts.isEmpty
        ? [:]
        : Dictionary(
          uniqueKeysWithValues: zip(data.task.judgedBy, sums).map {
            ($0, UserSums(sums: $1, counts: counts))
          }))
  }
}

extension ImageAnswer {
  /// Returns the values of the outputs at `places`, 0 for nil; points from -1 to 1.
  fileprivate func values(at places: [Int?], of task: ImageTask, _ size: ImageSize) -> [Float] {
    guard case .points = task else { return places.map { $0.map { values[$0] } ?? 0 } }
    return places.flatMap { place -> [Float] in
      guard let place else { return [0, 0] }
      let point = SIMD2(values[2 * place], values[2 * place + 1])
      let normal = size.normalized(point)
      return [normal.x, normal.y]
    }
  }

  /// Returns whether each label is given; empty for other tasks.
  fileprivate func given(at places: [Int?], of task: ImageTask) -> [Bool] {
    guard case .multilabel(_, let thresholds) = task else { return [] }
    return places.map { place in place.map { values[$0] > thresholds[$0] } ?? false }
  }
}

extension JudgedImages {
  /// Returns the size of an image's file.
  fileprivate func fileSize(_ image: Int) throws(TrainingError) -> ImageSize {
    let decoded = try read(image, nil)
    return ImageSize(width: decoded.fileWidth, height: decoded.fileHeight)
  }
}

extension ImageSize {
  /// Converts a point from pixels of an image of this size to -1 ... 1.
  fileprivate func normalized(_ point: SIMD2<Float>) -> SIMD2<Float> {
    2 * point / SIMD2(Float(width), Float(height)) - 1
  }
}

extension TrainingTargets {
  /// Returns the truth for an image, one number per output of `task`: 1 for its class and labels; points from -1 to
  /// 1 of a file of that `size`.
  fileprivate func numbers(
    of image: Int, for task: ImageTask, _ size: ImageSize?
  ) -> [Float] {
    switch self {
    case .classes(let classes):
      return task.outputNames.indices.map { $0 == Int(classes[image]) ? 1 : 0 }
    case .numbers(let numbers, let width):
      return Array(numbers[image * width..<(image + 1) * width])
    case .points(let points, let width):
      guard let size else { preconditionFailure("points of an image that was not read") }
      return points[image * width..<(image + 1) * width].flatMap { point in
        let normal = size.normalized(point)
        return [normal.x, normal.y]
      }
    }
  }
}
