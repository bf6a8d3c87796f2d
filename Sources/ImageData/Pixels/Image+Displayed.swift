package import Images

extension Image {
  /// Returns some channels, one or three, as 8-bit samples for display, the longer side at most `side`. Float
  /// samples are stretched to the full range, per channel.
  package func displayed(side: Int, channels shown: [Int]) -> Image {
    let scale = min(1, Double(side) / Double(max(width, height)))
    let newWidth = max(1, Int((Double(width) * scale).rounded()))
    let newHeight = max(1, Int((Double(height) * scale).rounded()))
    var samples = AreaAverages.of(self, width: newWidth, height: newHeight, channels: shown)
    if case .float32 = self.samples {
      for channel in shown.indices {
        let places = stride(from: channel, to: samples.count, by: shown.count)
        var (least, most) = (samples[channel], samples[channel])
        for place in places {
          (least, most) = (min(least, samples[place]), max(most, samples[place]))
        }
        let factor = most > least ? 255 / (most - least) : 0
        for place in places { samples[place] = (samples[place] - least) * factor }
      }
    }
    return Image(
      width: newWidth, height: newHeight, channels: shown.count,
      samples: .uint8(samples.map { UInt8(max(0, min(255, $0.rounded()))) }))
  }

  /// The channels displayed together: red, green and blue, or the first.
  package var displayedChannels: [Int] { channels >= 3 ? [0, 1, 2] : [0] }
}
