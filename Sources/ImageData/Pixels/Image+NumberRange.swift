import Foundation
package import Images

extension Image {
  /// Returns the range of a channel's samples, or of all channels' if nil; nil for 8-bit images, whose range is
  /// known. O(samples).
  package func numberRange(channel: Int? = nil) -> ClosedRange<Float>? {
    guard case .float32(let samples) = samples else { return nil }
    let first = channel ?? 0
    var (least, most) = (samples[first], samples[first])
    for position in stride(from: first, to: samples.count, by: channel == nil ? 1 : channels) {
      least = min(least, samples[position])
      most = max(most, samples[position])
    }
    return least...most
  }
}

extension ClosedRange<Float> {
  /// The range in words, as in `0 to 9999`.
  package var words: String { String(format: "%g to %g", lowerBound, upperBound) }

  /// The largest distance from 0.
  var magnitude: Float { Swift.max(abs(lowerBound), abs(upperBound)) }
}
