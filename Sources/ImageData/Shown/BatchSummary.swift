package import Images
import TensorCore

/// The steps that one batch of a data set goes through (fastai: DataBlock.summary).
package struct BatchSummary: Sendable {
  /// The result of one step.
  package struct Step: Sendable {
    /// The name of the step.
    package let name: String
    /// The shape of the result, images first.
    package let shape: String
    /// The range of its numbers; nil if it has none.
    package var range: NumberRange?
    /// Details, in words.
    package let detail: String
  }

  /// The minimum, maximum and mean of numbers.
  package struct NumberRange: Equatable, Sendable {
    /// The minimum and maximum; infinite without numbers.
    package private(set) var least = Double.infinity
    package private(set) var most = -Double.infinity
    /// The mean; 0 without numbers.
    package var mean: Double { count == 0 ? 0 : sum / Double(count) }
    private var sum = 0.0
    private var count = 0

    package init() {}

    /// Adds numbers.
    package mutating func add(_ numbers: some Sequence<Float>) {
      for number in numbers {
        least = min(least, Double(number))
        most = max(most, Double(number))
        sum += Double(number)
        count += 1
      }
    }

    /// Takes measured samples, or those samples after `normalization`.
    fileprivate init(_ samples: SampleStatistics, _ normalization: Normalization? = nil) {
      for (channel, mean) in samples.means.enumerated() {
        func changed(_ number: Double) -> Double {
          guard let normalization else { return number }
          return (number - Double(normalization.mean[channel]))
            / Double(normalization.deviation[channel])
        }
        least = min(least, changed(Double(samples.least[channel])))
        most = max(most, changed(Double(samples.most[channel])))
        sum += changed(mean)
        count += 1
      }
    }
  }

  /// The steps, in order.
  package private(set) var steps: [Step] = []
  /// The items of the batch that could be read.
  package private(set) var batch: [Int] = []
  /// The statistics of the images as transformed outside training, not normalised; nil without images.
  package private(set) var framed: SampleStatistics?

  /// Takes `batchSize` training images, in an order given by the seed, through all steps. They are decoded, reduced
  /// to `channels` (nil keeps all), framed as in validation, augmented as in training, and normalised. The
  /// normalisation is the transform's; otherwise this batch's own if samples leave 0 ... 1; otherwise the one
  /// `expected` by pretrained weights. No image is kept.
  ///
  /// `failed` is called with each image that cannot be decoded or whose channels do not fit. Throws what it throws;
  /// by default, the error of the first such image.
  package init(
    _ set: ImageDataSet, batchSize: Int, seed: UInt64, _ transform: ImageTransform,
    channels: [Int]? = nil, expected: Normalization? = nil,
    failed: (Int, ImageError) throws -> Void = { throw $1 }
  ) throws {
    let order = StableHash.order(of: set.split.training, set.names, seed: seed)
    steps.append(Step(name: "items", shape: "[\(set.count)]", detail: "in \(set.items.place)"))
    steps.append(
      Step(
        name: "labels", shape: Self.shape(set.targets, of: set.count),
        range: Self.range(set.targets, Array(0..<set.count)),
        detail: LabelCounts(set.targets).words))
    let hasUnused = !set.split.unused.isEmpty
    let unused = hasUnused ? " [\(set.split.unused.count)]" : ""
    steps.append(
      Step(
        name: "split", shape: "[\(set.split.training.count)] [\(set.split.heldOut.count)]" + unused,
        detail: set.split.words + (hasUnused ? ": training, held out, unused" : "")))
    var decoded = DecodedBatch()
    var transformed = TransformedBatch(transform, seed: seed)
    for item in order.prefix(batchSize) {
      let (image, kept): (DecodedImage, Image)
      do throws(ImageError) {
        image = try set.decode(item)
        kept = try image.image.keeping(channels: channels, named: set.names[item])
        try kept.check(fits: transform.channels, named: set.names[item])
      } catch {
        try failed(item, error)
        continue
      }
      batch.append(item)
      decoded.add(image)
      transformed.add(kept, of: item)
    }
    steps.append(
      Step(
        name: "decoded", shape: decoded.shape, range: decoded.range, detail: decoded.formatCounts))
    steps.append(
      Step(
        name: "targets of the batch", shape: Self.shape(set.targets, of: batch.count),
        range: Self.range(set.targets, batch),
        detail: batch.first.map { "the first: \(set.targets.words($0))" } ?? ""))
    framed = transformed.count == 0 ? nil : transformed.framed
    append(transformed, expected)
  }

  private mutating func append(_ images: TransformedBatch, _ expected: Normalization?) {
    let transform = images.transform
    let size =
      "[\(images.count), \(transform.channels), \(transform.size.height), \(transform.size.width)]"
    func range(_ samples: SampleStatistics, _ normalization: Normalization? = nil) -> NumberRange? {
      images.count == 0 ? nil : NumberRange(samples, normalization)
    }
    steps.append(
      Step(
        name: "framed", shape: size, range: range(images.framed),
        detail: "to \(transform.size), as in validation"))
    steps.append(
      Step(
        name: "augmented", shape: size, range: range(images.augmented),
        detail: "from \(transform.presize), as in training"))
    // In training, samples outside 0 ... 1 are normalised by the statistics of all training images.
    let measured = images.framed.isWithinUnit ? nil : images.framed.normalization
    let given = transform.normalization
    guard let normalization = given ?? measured ?? expected else { return }
    let source =
      if given != nil {
        ""
      } else if measured != nil {
        ", as computed from this batch"
      } else {
        ", as the weights expect: \(Self.list(normalization.mean)) and \(Self.list(normalization.deviation))"
      }
    steps.append(
      Step(
        name: "normalised", shape: size, range: range(images.augmented, normalization),
        detail: "minus each channel's mean, divided by its deviation" + source))
  }

  /// Returns the first few numbers in words.
  private static func list(_ numbers: [Float]) -> String {
    numbers.prefix(4).map { "\($0)" }.joined(separator: ", ") + (numbers.count > 4 ? ", ..." : "")
  }

  private static func shape(_ targets: ImageTargets, of count: Int) -> String {
    switch targets {
    case .none: "[]"
    case .classes: "[\(count)]"
    case .labels(let names, _): "[\(count), \(names.count)]"
    case .numbers(let names, _): "[\(count), \(names.count)]"
    case .points(let points, _): "[\(count), \(points), 2]"
    }
  }

  private static func range(_ targets: ImageTargets, _ items: [Int]) -> NumberRange? {
    var range = NumberRange()
    switch targets {
    // The numbers of classes have no meaning.
    case .none, .classes: return nil
    case .labels(let names, let sets):
      for item in items {
        let labels = Set(sets[item].labels)
        range.add(names.indices.lazy.map { labels.contains($0) ? 1 : 0 })
      }
    case .numbers(let names, let values):
      for item in items { range.add(values[item * names.count..<(item + 1) * names.count]) }
    case .points(let count, let positions):
      for item in items {
        for point in positions[item * count..<(item + 1) * count] { range.add([point.x, point.y]) }
      }
    }
    return range
  }
}
