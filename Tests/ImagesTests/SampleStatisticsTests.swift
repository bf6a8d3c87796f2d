import Images
import Testing

struct SampleStatisticsTests {
  @Test func channelsAreMeasuredWhateverOrderTheyComeIn() throws {
    // Temperatures: the variation is small compared with the values.
    let images = (0..<9).map { seed in
      randomImage(width: 7, height: 5, channels: 2, seed: UInt64(seed)).numbers.enumerated().map {
        $0 % 2 == 0 ? 293 + $1 : 4 * $1 - 2
      }
    }
    func planes(_ samples: [Float]) -> [Float] {
      (0..<2).flatMap { channel in
        stride(from: channel, to: samples.count, by: 2).map { samples[$0] }
      }
    }
    var whole = SampleStatistics(channels: 2)
    var (left, right) = (whole, whole)
    for (number, image) in images.enumerated() {
      whole.add(planes(image))
      if number < 4 { left.add(planes(image)) } else { right.add(planes(image)) }
    }
    left.merge(right)
    left.merge(SampleStatistics(channels: 2))
    for measured in [whole, left] {
      for channel in 0..<2 {
        let all = images.flatMap { image in planes(image)[channel * 35..<(channel + 1) * 35] }
          .map { Double($0) }
        let mean = all.reduce(0, +) / Double(all.count)
        let variance = all.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(all.count)
        #expect(measured.least[channel] == all.min().map { Float($0) })
        #expect(measured.most[channel] == all.max().map { Float($0) })
        #expect(abs(Double(measured.normalization.mean[channel]) - mean) < 1e-4)
        #expect(
          abs(Double(measured.normalization.deviation[channel]) - variance.squareRoot()) < 1e-5)
      }
      #expect(!measured.isWithinUnit)
    }
    var plain = SampleStatistics(channels: 1)
    plain.add([0, 1, 0.5])
    #expect(plain.isWithinUnit)
    // A zero deviation can't be divided by.
    var same = SampleStatistics(channels: 1)
    same.add([3, 3])
    #expect(same.normalization == Normalization(mean: [3], deviation: [1]))
  }
}
