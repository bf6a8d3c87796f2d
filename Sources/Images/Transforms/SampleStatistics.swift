/// The per-channel statistics of images' samples, as a model sees them before normalisation.
package struct SampleStatistics: Sendable {
  /// The minimum and maximum of each channel.
  package private(set) var least: [Float]
  package private(set) var most: [Float]
  /// The mean of each channel.
  package private(set) var means: [Double]
  /// The sums of squared deviations from the means.
  private var squares: [Double]
  /// The number of samples per channel.
  private var count = 0.0

  /// Creates empty statistics.
  package init(channels: Int) {
    least = Array(repeating: .infinity, count: channels)
    most = Array(repeating: -.infinity, count: channels)
    means = Array(repeating: 0, count: channels)
    squares = means
  }

  /// Adds an image as ``ImageTransform/apply(_:to:into:_:)`` writes it: one plane per channel. Traps unless there
  /// are as many planes, of equal length.
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

  /// Merges other statistics (Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing
  /// sample variances", 1979). Traps if the channels differ.
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

  /// Whether all samples are within 0 ... 1, up to rounding: always so for files other than those of plain numbers.
  package var isWithinUnit: Bool {
    least.allSatisfy { $0 >= Self.unit.lowerBound }
      && most.allSatisfy { $0 <= Self.unit.upperBound }
  }

  /// 0 ... 1, with a tolerance for rounding.
  package static let unit: ClosedRange<Float> = -1e-5...1.00001

  /// The normalisation to a mean of 0 and a standard deviation of 1 per channel; a constant channel becomes 0.
  package var normalization: Normalization {
    Normalization(
      mean: means.map { Float($0) },
      deviation: squares.map { sum in
        let deviation = Float((sum / max(count, 1)).squareRoot())
        return deviation > 0 && deviation.isFinite ? deviation : 1
      })
  }
}
