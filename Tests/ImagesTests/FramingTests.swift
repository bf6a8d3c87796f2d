import Images
import TensorCore
import Testing

/// Tests how a part of an image is resampled to a size.
struct FramingTests {
  /// Compares each pixel of enlarged and reduced parts, inside the image and beyond its edges, with the definition.
  @Test func aPartIsWhatTheDefinitionHas() {
    var random = RandomStream(seed: 21, stream: 0)
    func number(_ least: Double, _ most: Double) -> Double {
      least + (most - least) * Double(random.nextWord()) * 0x1p-32
    }
    var beyond = 0
    for round in 0..<60 {
      let image = randomImage(
        width: 1 + round % 13, height: 1 + round * 7 % 11, channels: 1 + round % 5,
        seed: UInt64(round))
      let target = ImageSize(width: 1 + round % 6, height: 1 + round % 17)
      var start = SIMD2(number(-30, 5), number(-30, 5))
      var extent = SIMD2(number(1, 60), number(1, 60))
      if round % 2 == 0 { start.round(.down) }
      if round % 3 == 0 { extent = target.extent }
      if start.x < 0 { beyond += 1 }
      var transform = ImageTransform(size: target)
      transform.channels = image.channels
      let drawn = DrawnTransform(
        frame: Frame(start: start, extent: extent, target: target),
        augmentation: DrawnAugmentation(), target: target)
      let output = transformed(image, by: transform, drawn)
      let expected = naive(image, start, extent, target)
      let worst = zip(output, expected).map { abs($0 - $1) }.max() ?? 1
      #expect(output.count == expected.count && worst < 1e-5, "round \(round): \(worst)")
    }
    #expect(beyond > 20)
  }

  private func naive(
    _ image: Image, _ start: SIMD2<Double>, _ extent: SIMD2<Double>, _ target: ImageSize
  ) -> [Float] {
    func mirrored(_ position: Int, _ count: Int) -> Int {
      var position = position
      while count > 1, position < 0 || position >= count {
        position = position < 0 ? -position : 2 * (count - 1) - position
      }
      return count == 1 ? 0 : position
    }
    func weights(_ start: Double, _ extent: Double, _ result: Int, _ count: Int) -> [Int: Double] {
      let scale = extent / Double(count)
      let centre = start + (Double(result) + 0.5) * scale
      var weights: [Int: Double] = [:]
      for pixel in Int(start.rounded(.down))..<Int((start + extent - 1e-9).rounded(.up)) {
        let weight = 1 - abs(Double(pixel) + 0.5 - centre) / max(scale, 1)
        if weight > 0 { weights[pixel] = weight }
      }
      let sum = weights.values.reduce(0, +)
      return weights.mapValues { $0 / sum }
    }
    var output: [Float] = []
    for channel in 0..<image.channels {
      for row in 0..<target.height {
        for column in 0..<target.width {
          var sum = 0.0
          for (y, down) in weights(start.y, extent.y, row, target.height) {
            for (x, across) in weights(start.x, extent.x, column, target.width) {
              let pixel = mirrored(y, image.height) * image.width + mirrored(x, image.width)
              sum += down * across * Double(image.numbers[pixel * image.channels + channel])
            }
          }
          output.append(Float(sum))
        }
      }
    }
    return output
  }

  /// An image whose shorter side has the required length is nowhere enlarged, in training or outside it. One with half
  /// that length is enlarged somewhere.
  @Test(arguments: [
    Framing.crop, .squish, .pad, .randomResizedCrop(RandomResizedCrop()),
    .randomResizedCrop(RandomResizedCrop(scale: 0.5...1)), .centerCrop(share: 0.8),
  ])
  func noDetailIsLostAtTheShortestSide(framing: Framing) {
    var random = RandomStream(seed: 22, stream: 0)
    for target in [
      ImageSize(64), ImageSize(width: 96, height: 40), ImageSize(width: 40, height: 96),
    ] {
      for isTraining in [true, false] {
        let side = framing.shortestSide(for: target, isTraining: isTraining)
        func least(_ side: Int) -> Double {
          (0..<400).map { round in
            let long = side + Int(random.next(below: UInt32(side)))
            let size =
              round % 2 == 0
              ? ImageSize(width: side, height: long) : ImageSize(width: long, height: side)
            let frame =
              isTraining
              ? framing.drawn(for: size, to: target, random: &random)
              : framing.fixed(for: size, to: target)
            let scale = frame.extent / target.extent
            // With padding, the image fills only one direction.
            return framing == .pad ? scale.max() : scale.min()
          }.min() ?? 0
        }
        // Crops consist of whole pixels.
        #expect(least(side) >= 0.98, "\(target), \(isTraining)")
        #expect(least(side / 2) < 0.8, "\(target), \(isTraining)")
      }
    }
  }

  /// A centre crop is in the middle outside training. In training it lies somewhere within the image, whatever its
  /// shape.
  @Test func aPartOfAShareIsWithinTheImage() {
    var random = RandomStream(seed: 23, stream: 0)
    let framing = Framing.centerCrop(share: 0.5)
    for target in [ImageSize(8), ImageSize(width: 12, height: 5)] {
      for size in [ImageSize(32), ImageSize(width: 33, height: 90), ImageSize(1)] {
        var starts: Set<Double> = []
        for _ in 0..<50 {
          let frame = framing.drawn(for: size, to: target, random: &random)
          starts.insert(frame.start.x)
          let end = frame.start + frame.extent
          #expect(frame.start.min() >= 0 && frame.isCutLast)
          #expect(end.x < Double(size.width) + 1e-9 && end.y < Double(size.height) + 1e-9)
        }
        #expect(starts.count > 3)
      }
    }
    let frame = framing.fixed(for: ImageSize(width: 64, height: 32), to: ImageSize(8))
    #expect(frame.start == SIMD2(24, 8) && frame.extent == SIMD2(16, 16))
  }

  /// Bicubic interpolation of float samples stays within the image's range, per channel, even if only one direction is
  /// resized.
  @Test(arguments: [20, 33]) func bicubicNumbersStayWithinThoseOfTheImage(height: Int) {
    let samples = (0..<20 * height).flatMap { pixel -> [Float] in
      let isRight = pixel % 20 >= 10
      return [isRight ? 1 : 0, isRight ? -300 : 250]
    }
    let image = Image(width: 20, height: height, channels: 2, samples: .float32(samples))
    var transform = ImageTransform(size: ImageSize(33))
    transform.channels = 2
    transform.framing = .squish
    transform.interpolation = .bicubic
    let output = transformed(image, by: transform, transform.fixed(for: image.size))
    let (first, second) = (output[..<(33 * 33)], output[(33 * 33)...])
    #expect(first.min() == 0 && first.max() == 1)
    #expect(second.min() == -300 && second.max() == 250)
    #expect(first.contains { $0 > 0.1 && $0 < 0.9 })
  }

  /// Memory depends on the result and one row. It does not grow with the square that a line is padded to, nor with the
  /// line's length times the result's width.
  @Test(arguments: [Framing.pad, .squish, .crop], [true, false])
  func aLineTakesNoSquareOfMemory(framing: Framing, isWide: Bool) {
    let length = 1 << 20
    let samples = (0..<length).map { UInt8(truncatingIfNeeded: $0 >> 12) }
    let image = Image(
      width: isWide ? length : 1, height: isWide ? 1 : length, channels: 1,
      samples: .uint8(samples))
    var transform = ImageTransform(size: ImageSize(16))
    transform.channels = 1
    transform.framing = framing
    let workspace = TransformWorkspace()
    let output = transformed(image, by: transform, transform.fixed(for: image.size), workspace)
    #expect(workspace.byteCount <= 16 * length + 16 * 16 * 16 * 3)
    #expect(output.allSatisfy { (-1e-5...1.00001).contains($0) })
    // Each pixel is the mean of a sixteenth of the line; all rows or all columns are equal.
    if framing != .crop {
      for position in [17, 100, 200] {
        let place = isWide ? position % 16 : position / 16
        #expect(abs(output[position] - (Float(place) * 16 + 7.5) / 255) < 0.01)
      }
    }
  }
}

extension ImageSize {
  /// Width and height as floating-point numbers.
  fileprivate var extent: SIMD2<Double> { SIMD2(Double(width), Double(height)) }
}
