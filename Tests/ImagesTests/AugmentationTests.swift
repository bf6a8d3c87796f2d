import Images
import TensorCore
import Testing

struct AugmentationTests {
  private let size = ImageSize(64)

  private func draws(_ count: Int, _ options: Augmentation) -> [DrawnAugmentation] {
    (0..<count).map { image in
      var random = RandomStream(seed: 5, epoch: 2, image: image)
      return options.drawn(for: size, to: size, random: &random)
    }
  }

  @Test func whatIsDrawnFollowsFromSeedEpochAndImage() {
    let transform = ImageTransform(size: size)
    func drawn(_ seed: UInt64, _ epoch: Int, _ image: Int) -> DrawnTransform {
      var random = RandomStream(seed: seed, epoch: epoch, image: image)
      return transform.drawn(for: ImageSize(width: 90, height: 70), random: &random)
    }
    #expect(drawn(1, 2, 3) == drawn(1, 2, 3))
    #expect(drawn(1, 2, 3) != drawn(2, 2, 3))
    #expect(drawn(1, 2, 3) != drawn(1, 3, 3))
    #expect(drawn(1, 2, 3) != drawn(1, 2, 4))
  }

  @Test func noneChangesNothing() {
    #expect(draws(20, .none).allSatisfy { $0 == DrawnAugmentation() })
  }

  /// Frequencies lie within five standard errors of 4,000 draws.
  @Test func happensAsOftenAsItShould() {
    func share(_ options: Augmentation, _ isSo: (DrawnAugmentation) -> Bool) -> Double {
      Double(draws(4_000, options).count(where: isSo)) / 4_000
    }
    var options = Augmentation.none
    options.flip = 0.3
    #expect(abs(share(options) { $0.map != .identity } - 0.3) < 0.037)
    options = .none
    options.rotation = 10
    #expect(abs(share(options) { $0.map != .identity } - 0.75) < 0.035)
    options = .none
    options.warp = 0.2
    // Either of the two warps.
    #expect(abs(share(options) { $0.map != .identity } - 0.9375) < 0.02)
    options = .none
    options.lighting = 0.2
    #expect(abs(share(options) { $0.lighting.brightness != 0 } - 0.75) < 0.035)
    #expect(abs(share(options) { $0.lighting.contrast != 1 } - 0.75) < 0.035)
    options = .none
    options.erasing = 0.25
    #expect(abs(share(options) { $0.erasing != nil } - 0.25) < 0.035)
  }

  @Test func staysWithinItsRanges() {
    var options = Augmentation.none
    options.lighting = 0.2
    options.lightingProbability = 1
    let light = draws(2_000, options).map(\.lighting)
    let levels = light.map(\.brightness)
    // The bounds are logit(0.4) and logit(0.6), and values come close to both.
    #expect(
      levels.allSatisfy { abs($0) < 0.40548 } && (levels.max() ?? 0) > 0.4
        && (levels.min() ?? 0) < -0.4)
    let contrasts = light.map(\.contrast)
    #expect(contrasts.allSatisfy { (0.7999...1.2501).contains($0) })
    #expect((contrasts.max() ?? 0) > 1.24 && (contrasts.min() ?? 1) < 0.802)

    options = .none
    options.zoom = 1...1.5
    options.geometryProbability = 1
    // The visible part lies within the image: zooming alone reflects nothing.
    for drawn in draws(500, options) {
      for corner in [SIMD2(-1.0, -1), SIMD2(1.0, 1)] {
        let seen = drawn.map(corner)
        #expect(abs(seen.x) <= 1 + 1e-12 && abs(seen.y) <= 1 + 1e-12)
      }
    }
  }

  @Test func cropsStayWithinTheImageAndTheirRanges() {
    let crop = RandomResizedCrop(scale: 0.2...0.9)
    let framing = Framing.randomResizedCrop(crop)
    var random = RandomStream(seed: 6, stream: 0)
    let size = ImageSize(width: 400, height: 300)
    var shares: [Double] = []
    for _ in 0..<2_000 {
      let frame = framing.drawn(for: size, to: ImageSize(32), random: &random)
      #expect(frame.start.x >= 0 && frame.start.y >= 0)
      #expect(frame.start.x + frame.extent.x <= 400 && frame.start.y + frame.extent.y <= 300)
      let ratio = frame.extent.x / frame.extent.y
      #expect(ratio > 0.74 && ratio < 1.35)
      shares.append(frame.extent.x * frame.extent.y / 120_000)
    }
    #expect((shares.min() ?? 0) > 0.19 && (shares.max() ?? 1) < 0.91)
    // Large crops with an unsuitable ratio do not fit, so the mean is a little below the middle.
    #expect(abs(shares.reduce(0, +) / 2_000 - 0.53) < 0.04)

    // No crop fits into a strip; the largest centred one with an allowed ratio is used.
    let stripe = framing.drawn(
      for: ImageSize(width: 900, height: 30), to: ImageSize(32), random: &random)
    #expect(
      stripe
        == Frame(
          start: SIMD2(430, 0), extent: SIMD2(40, 30), target: ImageSize(32)))
  }

  @Test func erasesOneRectangleWithNoise() {
    var options = Augmentation.none
    options.erasing = 1
    let image = Image(
      width: 64, height: 64, channels: 3,
      samples: .float32(Array(repeating: 0.5, count: 64 * 64 * 3)))
    var noise: [Float] = []
    for drawn in draws(200, options) {
      let output = transformed(image, drawn, to: size)
      let erased = drawn.erasing.map { ($0.rows, $0.columns) } ?? (0..<0, 0..<0)
      for (position, number) in output.enumerated() {
        let pixel = position % 4096
        if erased.0.contains(pixel / 64) && erased.1.contains(pixel % 64) {
          noise.append(number)
        } else {
          #expect(number == 0.5)
        }
      }
    }
    // 15 % on average, partly cut off at the edges.
    #expect(noise.count > 200 * 4096 * 3 / 12 && noise.count < 200 * 4096 * 3 / 5)
    let mean = noise.reduce(0) { $0 + Double($1) } / Double(noise.count)
    let variance = noise.reduce(0) { $0 + Double($1) * Double($1) } / Double(noise.count)
    #expect(abs(mean) < 0.02 && abs(variance - 1) < 0.02)
  }

  @Test func namesWhatCanNotBeDrawn() {
    #expect(Augmentation().fault == nil && Augmentation.none.fault == nil)
    let changes: [(inout Augmentation) -> Void] = [
      { $0.flip = 1.5 }, { $0.rotation = -1 }, { $0.zoom = 0...1 }, { $0.warp = .nan },
      { $0.lighting = 1 }, { $0.erasing = -.infinity },
    ]
    for change in changes {
      var options = Augmentation()
      change(&options)
      #expect(options.fault != nil)
    }
  }

  @Test func aMapAndItsInverseAreTheIdentity() {
    var random = RandomStream(seed: 7, stream: 0)
    var options = Augmentation()
    options.warp = 0.5
    options.rotation = 90
    for _ in 0..<200 {
      let map = options.drawn(
        for: ImageSize(width: 50, height: 30), to: size, random: &random
      ).map
      for point in [SIMD2(-1.0, 0.3), SIMD2(0.2, 0.9), SIMD2(1.0, -1)] {
        let there = (map * map.inverse)(point) - point
        #expect(abs(there.x) < 1e-9 && abs(there.y) < 1e-9)
      }
    }
  }
}
