/// What the samples of images are like, channel by channel, as a model sees them before they are normalised.
package struct SampleStatistics: Sendable {
  /// For each channel the least and the greatest.
  package private(set) var least: [Float]
  package private(set) var most: [Float]
  /// The mean of each channel.
  package private(set) var means: [Double]
  /// Sums of squared distances from the means.
  private var squares: [Double]
  /// How many samples a channel has had.
  private var count = 0.0

  /// Of nothing yet.
  package init(channels: Int) {
    least = Array(repeating: .infinity, count: channels)
    most = Array(repeating: -.infinity, count: channels)
    means = Array(repeating: 0, count: channels)
    squares = means
  }

  /// Takes in an image as ``ImageTransform/apply(_:to:into:_:)`` writes it: a plane for each channel. Traps unless
  /// there are as many planes, of one length.
  package mutating func add(_ planes: [Float]) {
    precondition(planes.count.isMultiple(of: means.count) && !planes.isEmpty)
    let length = planes.count / means.count
    var other = SampleStatistics(channels: means.count)
    other.count = Double(length)
    for channel in means.indices {
      let plane = planes[channel * length..<(channel + 1) * length]
      var sum = 0.0
      for sample in plane {
        other.least[channel] = min(other.least[channel], sample)
        other.most[channel] = max(other.most[channel], sample)
        sum += Double(sample)
      }
      let mean = sum / Double(length)
      other.means[channel] = mean
      for sample in plane {
        other.squares[channel] += (Double(sample) - mean) * (Double(sample) - mean)
      }
    }
    merge(other)
  }

  /// Takes in what another was given (Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for
  /// computing sample variances", 1979). Traps when that has other channels.
  package mutating func merge(_ other: SampleStatistics) {
    precondition(means.count == other.means.count, "other channels")
    guard other.count > 0 else { return }
    let total = count + other.count
    for channel in means.indices {
      let distance = other.means[channel] - means[channel]
      squares[channel] +=
        other.squares[channel] + distance * distance * count * other.count / total
      means[channel] += distance * other.count / total
      least[channel] = min(least[channel], other.least[channel])
      most[channel] = max(most[channel], other.most[channel])
    }
    count = total
  }

  /// Whether no sample leaves 0 ... 1, a rounding error aside: those of files that do not hold plain numbers are so.
  package var isWithinUnit: Bool {
    least.allSatisfy { $0 >= Self.unit.lowerBound }
      && most.allSatisfy { $0 <= Self.unit.upperBound }
  }

  /// 0 ... 1, a rounding error aside.
  package static let unit: ClosedRange<Float> = -1e-5...1.00001

  /// What brings each channel to a mean of 0 and a standard deviation of 1; one that is the same everywhere to 0.
  package var normalization: Normalization {
    Normalization(
      mean: means.map { Float($0) },
      deviation: squares.map { sum in
        let deviation = Float((sum / max(count, 1)).squareRoot())
        return deviation > 0 && deviation.isFinite ? deviation : 1
      })
  }
}
