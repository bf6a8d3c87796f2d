import Images

/// The statistics of a batch's decoded images.
struct DecodedBatch {
  /// The range of all samples, 8-bit ones from 0 to 255.
  private(set) var range = BatchSummary.NumberRange()
  private var formats: [String: Int] = [:]
  private var heights: [Int] = []
  private var widths: [Int] = []
  private var channels: [Int] = []

  mutating func add(_ decoded: DecodedImage) {
    let image = decoded.image
    formats[decoded.format, default: 0] += 1
    heights.append(image.height)
    widths.append(image.width)
    channels.append(image.channels)
    switch image.samples {
    case .uint8(let samples): range.add(samples.lazy.map { Float($0) })
    case .float32(let samples): range.add(samples)
    }
  }

  /// The shape as images, height, width, channels; `96...128` where they differ.
  var shape: String {
    let parts = [heights, widths, channels].map { numbers in
      let (least, most) = (numbers.min() ?? 0, numbers.max() ?? 0)
      return least == most ? "\(least)" : "\(least)...\(most)"
    }
    return "[\(([String(heights.count)] + parts).joined(separator: ", "))]"
  }

  /// The images per format, as in `2 JPEG, 1 PNG`.
  var formatCounts: String {
    formats.sorted { $0.key < $1.key }.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
  }
}
