/// The resampling weights along one direction: the input pixels of each output pixel, with their weights.
struct ResamplingWeights {
  /// The range of input pixels used.
  let source: Range<Int>
  /// Whether each output pixel equals an input pixel, in order.
  let isIdentity: Bool
  /// The first input pixel of each output pixel, relative to the start of ``source``; the others follow it.
  private(set) var firsts: [Int] = []
  /// The offset of each output pixel's weights, and the end of the last.
  private(set) var starts = [0]
  /// The weights of all output pixels, stored consecutively.
  private(set) var weights: [Float] = []

  /// Computes the weights that resize `extent` pixels from `start`, of an image of `length`, to `count`. Beyond the
  /// image it is mirrored at its first and last pixel.
  ///
  /// Antialiased as Pillow's `resize`. Only pixels within the part have weights, so that its surroundings do not
  /// bleed in; with `cutLast` the image's pixels outside the part count too. Weights of mirrored pixels are added to
  /// those of the pixels they show: no output pixel has more weights than the image has pixels. Complexity: O(extent
  /// + count).
  init(
    start: Double, extent: Double, count: Int, length: Int, by interpolation: Interpolation,
    cutLast: Bool
  ) {
    let scale = extent / Double(count)
    let width = max(scale, 1)
    let support = interpolation.reach * width
    let own = Int(start.rounded(.down))..<Int((start + extent - 1e-9).rounded(.up))
    let part = cutLast ? min(own.lowerBound, 0)..<max(own.upperBound, length) : own
    isIdentity =
      scale == 1 && start == start.rounded() && own.lowerBound >= 0 && own.upperBound <= length
    firsts.reserveCapacity(count)
    starts.reserveCapacity(count + 1)
    var least = length
    var end = 0
    for position in 0..<count {
      let centre = start + (Double(position) + 0.5) * scale
      let first = max(part.lowerBound, Int((centre - support + 0.5).rounded(.down)))
      let last = min(part.upperBound, Int((centre + support + 0.5).rounded(.down)))
      let span = first..<max(last, first + 1)
      let raw = span.map { interpolation.weight(at: (Double($0) + 0.5 - centre) / width) }
      let sum = raw.reduce(0, +)
      let shares = sum > 0 ? raw.map { $0 / sum } : raw.map { _ in 1 / Double(raw.count) }
      let shown = Self.folded(shares, from: first, length)
      firsts.append(shown.first)
      weights.append(contentsOf: shown.weights.lazy.map { Float($0) })
      starts.append(weights.count)
      least = min(least, shown.first)
      end = max(end, shown.first + shown.weights.count)
    }
    // If each output pixel is an input pixel, neighbours of weight 0 are left out.
    source = isIdentity ? own : least..<max(least, end)
    for position in firsts.indices { firsts[position] -= source.lowerBound }
  }

  /// Adds the weights of the pixels from `first` on to those of the pixels that mirroring shows there.
  private static func folded(
    _ weights: [Double], from first: Int, _ length: Int
  ) -> (first: Int, weights: [Double]) {
    let span = first..<first + weights.count
    if span.lowerBound >= 0, span.upperBound <= length { return (first, weights) }
    var (low, high) = (0, length - 1)
    if span.count < length {
      let shown = span.map { mirrored($0, length) }
      (low, high) = (shown.min() ?? 0, shown.max() ?? 0)
    }
    var sums = [Double](repeating: 0, count: high - low + 1)
    for (position, weight) in zip(span, weights) {
      sums[mirrored(position, length) - low] += weight
    }
    return (low, sums)
  }

  /// Reflects a position at the first and last of `count` elements until it is within: -1 becomes 1, `count` becomes
  /// `count - 2`.
  private static func mirrored(_ position: Int, _ count: Int) -> Int {
    if position >= 0, position < count { return position }
    guard count > 1 else { return 0 }
    let period = 2 * (count - 1)
    let rest = ((position % period) + period) % period
    return min(rest, period - rest)
  }

  /// The transposed weights: for each input pixel, the output pixels that it contributes to.
  struct Uses {
    /// The offset of each pixel of ``ResamplingWeights/source``, and the end of the last.
    fileprivate(set) var starts: [Int]
    fileprivate(set) var results: [Int]
    fileprivate(set) var weights: [Float]
  }

  /// The transposed weights. Complexity: O(weights).
  var uses: Uses {
    var starts = [Int](repeating: 0, count: source.count + 1)
    forEachWeight { pixel, _, _ in starts[pixel + 1] += 1 }
    for pixel in 0..<source.count { starts[pixel + 1] += starts[pixel] }
    var next = starts
    var results = [Int](repeating: 0, count: starts[source.count])
    var weights = [Float](repeating: 0, count: results.count)
    forEachWeight { pixel, result, weight in
      results[next[pixel]] = result
      weights[next[pixel]] = weight
      next[pixel] += 1
    }
    return Uses(starts: starts, results: results, weights: weights)
  }

  /// Calls `body` for each nonzero weight.
  private func forEachWeight(_ body: (_ pixel: Int, _ result: Int, _ weight: Float) -> Void) {
    for result in firsts.indices {
      for (number, place) in (starts[result]..<starts[result + 1]).enumerated()
      where weights[place] != 0 {
        body(firsts[result] + number, result, weights[place])
      }
    }
  }
}
