import Foundation

/// A linear scale along an axis of a drawing.
package struct Scale: Sendable {
  package let domain: ClosedRange<Double>
  /// The coordinates of the domain's bounds.
  package let start: Double
  package let end: Double

  /// Creates a scale of `domain`. A domain of a single number is widened by 0.5 on both sides.
  package init(_ domain: ClosedRange<Double>, from start: Double, to end: Double) {
    let isPoint = domain.upperBound - domain.lowerBound < 1e-12 * max(1, abs(domain.upperBound))
    self.domain = isPoint ? domain.lowerBound - 0.5...domain.upperBound + 0.5 : domain
    self.start = start
    self.end = end
  }

  /// Returns the coordinate of a number.
  package func callAsFunction(_ number: Double) -> Double {
    start + (number - domain.lowerBound) / (domain.upperBound - domain.lowerBound) * (end - start)
  }

  /// Returns about `count` round numbers within the domain, 1, 2 or 5 times a power of ten apart.
  package func ticks(_ count: Int) -> [Double] {
    let rough = (domain.upperBound - domain.lowerBound) / Double(count)
    let power = pow(10, floor(log10(rough)))
    let step = power * ([1, 2, 5].first { $0 * power >= rough } ?? 10)
    let first = (domain.lowerBound / step).rounded(.up)
    let last = (domain.upperBound / step).rounded(.down)
    guard first.isFinite, last.isFinite, first <= last else { return [] }
    return stride(from: first, through: last, by: 1).map { $0 * step }
  }

  /// Returns a number with up to four significant digits, without trailing zeros.
  package static func text(_ number: Double) -> String {
    // Drops the sign of -0.
    (number == 0 ? 0 : number).formatted(
      .number.precision(.significantDigits(1...4)).grouping(.never)
        .locale(Locale(identifier: "C")))
  }
}

extension Collection<Double> {
  /// The range of the finite numbers; nil if there are none.
  package var bounds: ClosedRange<Double>? {
    let finite = filter(\.isFinite)
    guard let least = finite.min(), let greatest = finite.max() else { return nil }
    return least...greatest
  }
}

extension ClosedRange<Double> {
  /// The range extended by a twentieth at both ends.
  package var withRoom: Self {
    let room = (upperBound - lowerBound) / 20
    return lowerBound - room...upperBound + room
  }
}
