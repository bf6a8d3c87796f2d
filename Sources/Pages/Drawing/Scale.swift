import Foundation

/// Where numbers stand along an axis of a drawing.
package struct Scale: Sendable {
  package let domain: ClosedRange<Double>
  /// Where the domain begins and ends.
  package let start: Double
  package let end: Double

  /// A scale of `domain`; one of a single number gets some room.
  package init(_ domain: ClosedRange<Double>, from start: Double, to end: Double) {
    let isPoint = domain.upperBound - domain.lowerBound < 1e-12 * max(1, abs(domain.upperBound))
    self.domain = isPoint ? domain.lowerBound - 0.5...domain.upperBound + 0.5 : domain
    self.start = start
    self.end = end
  }

  /// The place of a number.
  package func callAsFunction(_ number: Double) -> Double {
    start + (number - domain.lowerBound) / (domain.upperBound - domain.lowerBound) * (end - start)
  }

  /// Some `count` round numbers within the domain, 1, 2 or 5 times a power of ten apart.
  package func ticks(_ count: Int) -> [Double] {
    let rough = (domain.upperBound - domain.lowerBound) / Double(count)
    let power = pow(10, floor(log10(rough)))
    let step = power * ([1, 2, 5].first { $0 * power >= rough } ?? 10)
    let first = (domain.lowerBound / step).rounded(.up)
    let last = (domain.upperBound / step).rounded(.down)
    guard first.isFinite, last.isFinite, first <= last else { return [] }
    return stride(from: first, through: last, by: 1).map { $0 * step }
  }

  /// A tick as people read it: without digits that all ticks have as 0.
  package static func text(_ number: Double) -> String {
    // 0 has no sign.
    (number == 0 ? 0 : number).formatted(
      .number.precision(.significantDigits(1...4)).grouping(.never)
        .locale(Locale(identifier: "C")))
  }
}

extension Collection<Double> {
  /// From the least to the greatest of those that are finite; nil when none is.
  package var bounds: ClosedRange<Double>? {
    let finite = filter(\.isFinite)
    guard let least = finite.min(), let greatest = finite.max() else { return nil }
    return least...greatest
  }
}

extension ClosedRange<Double> {
  /// The range with a twentieth more at both ends.
  package var withRoom: Self {
    let room = (upperBound - lowerBound) / 20
    return lowerBound - room...upperBound + room
  }
}
