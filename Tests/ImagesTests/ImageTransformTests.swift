import Foundation
import Images
import TensorCore
import Testing

struct ImageTransformTests {
  @Test(arguments: [1, 3, 4, 5, 9]) func anImageOfTheSizeStaysAsItIs(channels: Int) {
    let image = randomImage(width: 13, height: 9, channels: channels, asBytes: true, seed: 1)
    guard case .uint8(let samples) = image.samples else { return }
    var transform = ImageTransform(size: image.size)
    transform.channels = channels
    let output = transformed(image, by: transform, transform.fixed(for: image.size))
    for (position, number) in output.enumerated() {
      let (channel, pixel) = position.quotientAndRemainder(dividingBy: 13 * 9)
      #expect(number == Float(samples[pixel * channels + channel]) * (1 / 255))
    }
  }

  @Test func quarterTurnsAndMirrorsMoveEachPixelToItsPlace() {
    let image = randomImage(width: 7, height: 7, channels: 3, seed: 2)
    let plain = transformed(image, DrawnAugmentation(), to: image.size)
    func moved(_ change: (inout Geometry) -> Void) -> [Float] {
      var geometry = Geometry()
      change(&geometry)
      var augmentation = DrawnAugmentation()
      augmentation.map = geometry.map(aspect: 1)
      return transformed(image, augmentation, to: image.size)
    }
    let cases: [([Float], (Int, Int) -> (Int, Int))] = [
      (moved { $0.isMirrored = true }, { ($0, 6 - $1) }),
      (moved { $0.isUpsideDown = true }, { (6 - $0, $1) }),
      (moved { $0.angle = 180 }, { (6 - $0, 6 - $1) }),
      // A quarter turn clockwise: the left edge becomes the top.
      (moved { $0.angle = 90 }, { (6 - $1, $0) }),
    ]
    for (output, source) in cases {
      for channel in 0..<3 {
        for row in 0..<7 {
          for column in 0..<7 {
            let from = source(row, column)
            let expected = plain[channel * 49 + from.0 * 7 + from.1]
            #expect(abs(output[channel * 49 + row * 7 + column] - expected) < 1e-5)
          }
        }
      }
    }
  }

  /// Compares samples with the definition for any size, number of channels and map.
  @Test func samplesAsTheDefinitionHasIt() {
    var random = RandomStream(seed: 3, stream: 0)
    func below(_ bound: UInt32) -> Int { Int(random.next(below: bound)) }
    for round in 0..<40 {
      let image = randomImage(
        width: 1 + below(20), height: 1 + below(20), channels: 1 + below(6),
        seed: UInt64(round + 10))
      // At least half the image's size, so nothing is averaged first.
      let target = ImageSize(
        width: (image.width + 1) / 2 + below(20), height: (image.height + 1) / 2 + below(20))
      var options = Augmentation()
      options.rotation = 180
      options.zoom = 0.5...2
      options.lighting = 0
      let drawn = options.drawn(for: image.size, to: target, random: &random)
      let output = transformed(image, drawn, to: target)
      let expected = naive(image, drawn.map, target)
      let worst = zip(output, expected).map { abs($0 - $1) }.max() ?? 1
      #expect(output.count == expected.count && worst < 2e-4, "\(image.size) to \(target)")
    }
  }

  private func naive(_ image: Image, _ map: Homography, _ target: ImageSize) -> [Float] {
    guard case .float32(let samples) = image.samples else { return [] }
    func mirrored(_ number: Double, _ end: Double) -> Double {
      var number = abs(number)
      guard end > 0 else { return 0 }
      while number > end { number = abs(2 * end - number) }
      return number
    }
    func normal(_ position: Int, _ count: Int) -> Double {
      count == 1 ? -1 : 2 * Double(position) / Double(count - 1) - 1
    }
    var output: [Float] = []
    for channel in 0..<image.channels {
      for row in 0..<target.height {
        for column in 0..<target.width {
          let place = map(SIMD2(normal(column, target.width), normal(row, target.height)))
          let x = mirrored((place.x + 1) / 2 * Double(image.width - 1), Double(image.width - 1))
          let y = mirrored((place.y + 1) / 2 * Double(image.height - 1), Double(image.height - 1))
          func sample(_ x: Int, _ y: Int) -> Double {
            let (x, y) = (min(x, image.width - 1), min(y, image.height - 1))
            return Double(samples[(y * image.width + x) * image.channels + channel])
          }
          let (left, upper) = (Int(x), Int(y))
          let (right, lower) = (x - Double(left), y - Double(upper))
          output.append(
            Float(
              (sample(left, upper) * (1 - right) + sample(left + 1, upper) * right) * (1 - lower)
                + (sample(left, upper + 1) * (1 - right) + sample(left + 1, upper + 1) * right)
                * lower))
        }
      }
    }
    return output
  }

  /// A bright spot and the point that marks it move together through all geometric transforms.
  @Test func pointsMoveWithWhatTheyMark() {
    var random = RandomStream(seed: 4, stream: 0)
    var transform = ImageTransform(size: ImageSize(width: 96, height: 80), presize: ImageSize(120))
    transform.channels = 1
    transform.augmentation.crop = RandomResizedCrop(scale: 0.6...1)
    let workspace = TransformWorkspace()
    var seen = 0
    for round in 0..<60 {
      transform.framing =
        [.crop, .squish, .pad, .randomResizedCrop(RandomResizedCrop(scale: 0.5...1))][
          round % 4]
      let size = ImageSize(
        width: 100 + Int(random.next(below: 150)), height: 100 + Int(random.next(below: 150)))
      let spot = SIMD2<Float>(
        20.5 + Float(random.next(below: UInt32(size.width - 40))),
        20.5 + Float(random.next(below: UInt32(size.height - 40))))
      let image = Image(
        width: size.width, height: size.height, channels: 1,
        samples: .float32(
          (0..<size.width * size.height).map { position in
            let (row, column) = position.quotientAndRemainder(dividingBy: size.width)
            let distance = SIMD2<Float>(Float(column) + 0.5, Float(row) + 0.5) - spot
            return max(0, 1 - (distance * distance).sum() / 25)
          }))
      var lightless = transform
      lightless.augmentation.lighting = 0
      let drawn = lightless.drawn(for: size, random: &random)
      let output = transformed(image, by: lightless, drawn, workspace)
      let point = (drawn.normalized([spot])[0] + 1) / 2 * SIMD2<Float>(96, 80)
      // Near an edge the spot is reflected.
      guard point.x > 8, point.x < 88, point.y > 8, point.y < 72 else { continue }
      var (sum, centre) = (Float(0), SIMD2<Float>())
      for (position, number) in output.enumerated() {
        let (row, column) = position.quotientAndRemainder(dividingBy: 96)
        let place = SIMD2<Float>(Float(column) + 0.5, Float(row) + 0.5)
        guard ((place - point) * (place - point)).sum() < 100 else { continue }
        sum += number
        centre += number * place
      }
      seen += 1
      let distance = centre / sum - point
      #expect(sum > 3 && (distance * distance).sum() < 0.2, "round \(round): \(distance)")
    }
    #expect(seen > 20)
  }

  @Test func aLargeImageIsAveragedBeforeItIsShrunk() {
    // A chessboard of single pixels averages to grey; aliasing would not be grey.
    let side = 96
    let image = Image(
      width: side, height: side, channels: 1,
      samples: .float32((0..<side * side).map { Float(($0 / side + $0 % side) % 2) }))
    var transform = ImageTransform(size: ImageSize(20), presize: image.size)
    transform.channels = 1
    let inside = transformed(image, by: transform, transform.fixed(for: image.size))
    #expect(inside.allSatisfy { abs($0 - 0.5) < 0.12 })
    // The same through the framing's own filter.
    transform.presize = ImageSize(20)
    let framed = transformed(image, by: transform, transform.fixed(for: image.size))
    #expect(framed.allSatisfy { abs($0 - 0.5) < 0.05 })
  }

  @Test func whatCanNotBeHeldOrDrawnIsAFault() throws {
    // As a file may contain it.
    let empty = try JSONDecoder().decode(
      ImageSize.self, from: Data(#"{"width":0,"height":1}"#.utf8))
    func fault(_ change: (inout ImageTransform) -> Void) -> String? {
      var transform = ImageTransform(size: ImageSize(64))
      change(&transform)
      return transform.fault
    }
    #expect(fault { _ in } == nil)
    #expect(
      fault {
        $0 = ImageTransform(size: ImageSize(4096))
        $0.channels = 1
      } == nil)
    let wrong: [(inout ImageTransform) -> Void] = [
      { $0.channels = 0 }, { $0.channels = 257 }, { $0.size = ImageSize(8193) },
      { $0.size = empty }, { $0.size = ImageSize(4096) },
      { $0.presize = ImageSize(4096) },
      { $0.normalization = Normalization(mean: [0], deviation: [1]) },
      { $0.augmentation.lighting = 1 },
    ]
    for change in wrong { #expect(fault(change) != nil) }
    for share in [0, 0.009, 1.01, .nan, -1, .infinity] {
      #expect(fault { $0.framing = .centerCrop(share: share) } != nil, "\(share)")
    }
    #expect(fault { $0.framing = .centerCrop(share: Framing.leastShare) } == nil)
    var large = ImageTransform(size: ImageSize(1024))
    #expect(large.batchSize(atMost: 64) == 5 && large.batchSize(atMost: 2) == 2)
    large.size = ImageSize(width: 4096, height: 1365)
    #expect(large.batchSize(atMost: 64) == 1)
    #expect(ImageTransform(size: ImageSize(32)).batchSize(atMost: 64) == 64)
  }

  @Test func greyIsReadAsColourAndColourAsGrey() {
    let grey = randomImage(width: 5, height: 4, channels: 1, asBytes: true, seed: 5)
    var transform = ImageTransform(size: grey.size)
    let colour = transformed(grey, by: transform, transform.fixed(for: grey.size))
    #expect(Array(colour[0..<20]) == Array(colour[20..<40]) && colour[0..<20] == colour[40...])

    let red = Image(width: 1, height: 1, channels: 3, samples: .uint8([255, 0, 0]))
    transform = ImageTransform(size: red.size)
    transform.channels = 1
    #expect(abs(transformed(red, by: transform, transform.fixed(for: red.size))[0] - 0.299) < 1e-6)
    #expect(grey.fits(channels: 3) && red.fits(channels: 1) && !red.fits(channels: 4))
  }

  @Test func normalizesEachChannelAfterTheLight() {
    let image = randomImage(width: 6, height: 5, channels: 3, seed: 6)
    var augmentation = DrawnAugmentation()
    augmentation.lighting.brightness = 0.4
    augmentation.lighting.contrast = 1.2
    let plain = transformed(image, augmentation, to: image.size)
    var transform = ImageTransform(size: image.size)
    transform.normalization = .imageNet
    let output = transformed(
      image, by: transform,
      DrawnTransform(
        frame: Frame(whole: image.size, target: image.size), augmentation: augmentation,
        target: image.size))
    for (position, number) in output.enumerated() {
      let channel = position / 30
      let expected =
        (plain[position] - Normalization.imageNet.mean[channel])
        / Normalization.imageNet.deviation[channel]
      #expect(abs(number - expected) < 1e-5)
    }
  }

  @Test func theSmallestImagesGoThroughEverything() {
    let workspace = TransformWorkspace()
    for (width, height) in [(1, 1), (1, 500), (500, 1), (2, 3)] {
      let image = randomImage(width: width, height: height, channels: 3, asBytes: true, seed: 7)
      for framing in [
        Framing.crop, .squish, .pad, .randomResizedCrop(RandomResizedCrop()),
      ] {
        for target in [ImageSize(1), ImageSize(width: 9, height: 4), ImageSize(40)] {
          var transform = ImageTransform(size: target, presize: ImageSize(16))
          transform.framing = framing
          transform.augmentation.crop = RandomResizedCrop()
          transform.augmentation.erasing = 1
          for number in 0..<5 {
            var random = RandomStream(seed: 0, epoch: 0, image: number)
            let drawn = transform.drawn(for: image.size, random: &random)
            #expect(transformed(image, by: transform, drawn, workspace).allSatisfy { $0.isFinite })
          }
          let plain = transformed(image, by: transform, transform.fixed(for: image.size), workspace)
          #expect(plain.allSatisfy { (-1e-5...1.00001).contains($0) })
        }
      }
    }
  }
}
