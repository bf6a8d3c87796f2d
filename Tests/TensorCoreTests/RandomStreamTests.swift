import TensorCore
import Testing

@Suite struct RandomStreamTests {
  /// The known answers published with the authors' Random123.
  @Test func givesTheKnownAnswers() {
    let all = UInt32.max
    #expect(
      RandomStream.philox(SIMD4(0, 0, 0, 0), key: SIMD2(0, 0))
        == SIMD4(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8))
    #expect(
      RandomStream.philox(SIMD4(all, all, all, all), key: SIMD2(all, all))
        == SIMD4(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd))
    #expect(
      RandomStream.philox(
        SIMD4(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
        key: SIMD2(0xa409_3822, 0x299f_31d0))
        == SIMD4(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1))
  }

  @Test func repeatsItselfAndKeepsStreamsApart() {
    func words(_ seed: UInt64, _ stream: UInt64) -> [UInt64] {
      var random = RandomStream(seed: seed, stream: stream)
      return (0..<100).map { _ in random.next() }
    }
    #expect(words(1, 2) == words(1, 2))
    #expect(Set(words(1, 2) + words(1, 3) + words(2, 2)).count == 300)
    #expect(words(1 << 40, 0) != words(0, 0))
    #expect(words(0, 1 << 40) != words(0, 0))
  }

  @Test func drawsNormalNumbers() {
    var random = RandomStream(seed: 7, stream: 0)
    let count = 200_003
    let samples = Tensor([count]) { random.fillNormal($0) }.elements().map(Double.init)
    let mean = samples.reduce(0, +) / Double(count)
    #expect(abs(mean) < 0.01)
    let squares = samples.reduce(0) { $0 + $1 * $1 } / Double(count)
    let fourths = samples.reduce(0) { $0 + $1 * $1 * $1 * $1 } / Double(count)
    #expect(abs(squares - 1) < 0.02)
    #expect(abs(fourths - 3) < 0.15)
    // The shares within one, two and three standard deviations.
    for (bound, share) in [(1.0, 0.6827), (2.0, 0.9545), (3.0, 0.9973)] {
      let found = Double(samples.count { abs($0) < bound }) / Double(count)
      #expect(abs(found - share) < 0.005)
    }
  }

  @Test func drawsBelowABoundEvenly() {
    var random = RandomStream(seed: 3, stream: 1)
    var counts = [Int](repeating: 0, count: 7)
    for _ in 0..<70_000 { counts[Int(random.next(below: 7))] += 1 }
    #expect(counts.allSatisfy { abs($0 - 10_000) < 500 })
    #expect((0..<100).allSatisfy { _ in random.next(below: 1) == 0 })
  }

  @Test func shufflesEvenly() {
    // Each of the six permutations of three numbers is about equally frequent.
    var orders: [[UInt32]: Int] = [:]
    for stream in 0..<6_000 as Range<UInt64> {
      var numbers: [UInt32] = [0, 1, 2]
      var random = RandomStream(seed: 5, stream: stream)
      random.shuffle(&numbers)
      orders[numbers, default: 0] += 1
    }
    #expect(orders.count == 6)
    #expect(orders.values.allSatisfy { abs($0 - 1000) < 150 })
    var none: [UInt32] = []
    var random = RandomStream(seed: 5, stream: 0)
    random.shuffle(&none)
    #expect(none.isEmpty)
  }

  @Test func drawsUniformNumbers() {
    var random = RandomStream(seed: 9, stream: 0)
    let samples = Tensor([100_000]) { random.fillUniform($0, from: -2, to: 3) }.elements()
    #expect(samples.allSatisfy { $0 >= -2 && $0 < 3 })
    #expect(abs(samples.reduce(0, +) / 100_000 - 0.5) < 0.02)
  }
}
