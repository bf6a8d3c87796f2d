package import Images
import TensorCore

/// What becomes of one batch of a data set, step by step (fastai: DataBlock.summary).
package struct BatchSummary: Sendable {
  /// What one step gives.
  package struct Step: Sendable {
    /// What is done.
    package let name: String
    /// The sizes of what comes of it, images first.
    package let shape: String
    /// What its numbers are like; nil where there are none.
    package var range: NumberRange?
    /// What there is to say.
    package let detail: String
  }

  /// The least, the greatest and the mean of numbers.
  package struct NumberRange: Equatable, Sendable {
    /// Over all of them.
    package private(set) var least = Double.infinity
    package private(set) var most = -Double.infinity
    /// Their sum over their count.
    package var mean: Double { count == 0 ? 0 : sum / Double(count) }
    private var sum = 0.0
    private var count = 0

    package init() {}

    /// Takes further numbers into account.
    package mutating func add(_ numbers: some Sequence<Float>) {
      for number in numbers {
        least = min(least, Double(number))
        most = max(most, Double(number))
        sum += Double(number)
        count += 1
      }
    }
  }

  /// In their order.
  package private(set) var steps: [Step] = []
  /// The items of the batch.
  package let batch: [Int]
  /// Their images.
  package private(set) var images: [Image] = []

  /// Takes `batchSize` images that are trained on, in an order that the seed gives, through all steps up to
  /// decoded images. Throws when one can't be decoded.
  package init(
    _ set: ImageDataSet, batchSize: Int, seed: UInt64, decoder: ImageDecoder = ImageDecoder()
  ) throws(ImageError) {
    batch = Array(
      StableHash.order(of: set.split.training, set.names, seed: seed).prefix(batchSize))
    steps.append(Step(name: "items", shape: "[\(set.count)]", detail: "in \(set.items.place)"))
    steps.append(
      Step(
        name: "labels", shape: Self.shape(set.targets, of: set.count),
        range: Self.range(set.targets, Array(0..<set.count)),
        detail: LabelCounts(set.targets).words))
    let unused = set.split.unused.isEmpty ? "" : " [\(set.split.unused.count)]"
    steps.append(
      Step(
        name: "split", shape: "[\(set.split.training.count)] [\(set.split.heldOut.count)]" + unused,
        detail: set.split.words))
    var pixels = NumberRange()
    var formats: [String: Int] = [:]
    for item in batch {
      let decoded = try set.decode(item, with: decoder)
      images.append(decoded.image)
      formats[decoded.format, default: 0] += 1
      switch decoded.image.samples {
      case .uint8(let samples): pixels.add(samples.lazy.map { Float($0) })
      case .float32(let samples): pixels.add(samples)
      }
    }
    steps.append(
      Step(
        name: "decoded", shape: Self.shape(images), range: pixels,
        detail: formats.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }
          .joined(separator: ", ")))
    steps.append(
      Step(
        name: "targets of the batch", shape: Self.shape(set.targets, of: batch.count),
        range: Self.range(set.targets, batch),
        detail: batch.first.map { "the first: \(set.targets.words($0))" } ?? ""))
  }

  /// Takes the batch through a transform: framed without anything random, then as in training, then normalised where
  /// that is asked for. Images whose channels do not fit are left out, and counted.
  package mutating func append(_ transform: ImageTransform, seed: UInt64) {
    let fitting = images.enumerated().filter { $0.element.fits(channels: transform.channels) }
    let others = images.count - fitting.count
    let size =
      "[\(fitting.count), \(transform.channels), \(transform.size.height), \(transform.size.width)]"
    let workspace = TransformWorkspace()
    var output = [Float](repeating: 0, count: transform.outputCount)
    func range(_ transform: ImageTransform, isDrawn: Bool) -> NumberRange {
      var range = NumberRange()
      for (number, image) in fitting {
        var random = RandomStream(seed: seed, epoch: 0, image: batch[number])
        let drawn =
          isDrawn
          ? transform.drawn(for: image.size, random: &random) : transform.fixed(for: image.size)
        output.withUnsafeMutableBufferPointer {
          transform.apply(drawn, to: image, into: $0, workspace)
        }
        range.add(output)
      }
      return range
    }
    var plain = transform
    plain.normalization = nil
    steps.append(
      Step(
        name: "framed", shape: size, range: range(plain, isDrawn: false),
        detail: "to \(transform.size), as in validation"
          + (others == 0 ? "" : "; \(others) have other channels")))
    steps.append(
      Step(
        name: "augmented", shape: size, range: range(plain, isDrawn: true),
        detail: "from \(transform.presize), as in training"))
    guard transform.normalization != nil else { return }
    steps.append(
      Step(
        name: "normalised", shape: size, range: range(transform, isDrawn: true),
        detail: "less the mean of each channel, by its deviation"))
  }

  private static func shape(_ images: [Image]) -> String {
    func span(_ numbers: [Int]) -> String {
      let (least, most) = (numbers.min() ?? 0, numbers.max() ?? 0)
      return least == most ? "\(least)" : "\(least)...\(most)"
    }
    let parts = [images.map(\.height), images.map(\.width), images.map(\.channels)].map(span)
    return "[\(([String(images.count)] + parts).joined(separator: ", "))]"
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
    case .none: return nil
    case .classes(_, let classes): range.add(items.lazy.map { Float(classes[$0]) })
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
