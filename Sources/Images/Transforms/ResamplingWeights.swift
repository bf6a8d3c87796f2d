/// Along one direction: which pixels of an image make up each pixel of the result, with their weights.
struct ResamplingWeights {
  /// The pixels of the image that are needed.
  let source: Range<Int>
  /// Whether each result is one of them as it is, in their order.
  let isIdentity: Bool
  /// The first pixel of each result, counted from the start of ``source``; the others follow it.
  private(set) var firsts: [Int] = []
  /// Where the weights of each result begin, and where the last ones end.
  private(set) var starts = [0]
  /// Those of all results, one behind the other.
  private(set) var weights: [Float] = []

  /// `extent` pixels from `start` on, of an image of `length`, as `count`; beyond the image it is mirrored at its
  /// first and last pixel.
  ///
  /// Antialiased as Pillow's `resize`: weights as wide as a result, of pixels within the part alone, so
  /// that what lies beside it does not shine in, unless the part is `cutLast`: then pixels beside it count that are the
  /// image's. What is mirrored adds to the weight of the pixel that it shows: no
  /// result has more weights than the image pixels. Complexity: O(extent + count).
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
    // Neighbours that weigh nothing are left out where each result is a pixel of the image.
    source = isIdentity ? own : least..<max(least, end)
    for position in firsts.indices { firsts[position] -= source.lowerBound }
  }

  /// Weights of the pixels from `first` on as those of the pixels that are shown there.
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

  /// A position mirrored at the first and the last of `count` until it is one of them: -1 is 1, `count` is
  /// `count - 2`.
  private static func mirrored(_ position: Int, _ count: Int) -> Int {
    if position >= 0, position < count { return position }
    guard count > 1 else { return 0 }
    let period = 2 * (count - 1)
    let rest = ((position % period) + period) % period
    return min(rest, period - rest)
  }

  /// The same, by the pixels of the image: of which results each is a part.
  struct Uses {
    /// Where those of each pixel of ``ResamplingWeights/source`` begin, and where the last ones end.
    fileprivate(set) var starts: [Int]
    fileprivate(set) var results: [Int]
    fileprivate(set) var weights: [Float]
  }

  /// Complexity: O(weights).
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

  /// Those that are not 0.
  private func forEachWeight(_ body: (_ pixel: Int, _ result: Int, _ weight: Float) -> Void) {
    for result in firsts.indices {
      for (number, place) in (starts[result]..<starts[result + 1]).enumerated()
      where weights[place] != 0 {
        body(firsts[result] + number, result, weights[place])
      }
    }
  }
}
