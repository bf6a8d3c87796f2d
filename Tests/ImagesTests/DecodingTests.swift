import Errors
import Foundation
import Images
import TestEnvironment
import Testing

/// Compares decoded files of other programs' encoders with the original pixels, or with those of other decoders.
struct DecodingTests {
  @Test(arguments: GoldenImage.all.keys.sorted())
  func aFileIsWhatOthersMakeOfIt(_ name: String) throws {
    let golden = try #require(GoldenImage.all[name])
    let decoded = try ImageDecoder().decode(GoldenImage.path(name))
    let image = decoded.image
    #expect(image.width == golden.width && image.height == golden.height)
    #expect(decoded.fileWidth == golden.width && decoded.fileHeight == golden.height)
    #expect(image.channels == golden.channels)
    #expect(image.isOfBytes == (golden.type == "uint8"))
    #expect(decoded.remarks.map { "\($0)" } == golden.remarks)
    try #require(image.numbers.count == golden.samples.count)
    let worst = zip(image.numbers, golden.samples).map { abs($0 - $1) }.max() ?? 0
    // Golden numbers are written with four decimals.
    #expect(worst <= (image.isOfBytes ? golden.tolerance : 0.0002), "\(worst)")
  }

  @Test func thereAreGoldenImagesOfEveryFormat() throws {
    let formats = try Set(
      GoldenImage.all.keys.map { try ImageDecoder().decode(GoldenImage.path($0)).format })
    #expect(formats == Set(ImageFormat.all.map(\.name)))
    #expect(GoldenImage.all.count > 50)
  }

  @Test(arguments: GoldenImage.files { $0.hasPrefix("refused-") })
  func whatIsNoImageOrNoneThatIsReadIsRefused(_ name: String) throws {
    let error = #expect(throws: ImageError.self) {
      try ImageDecoder().decode(GoldenImage.path(name))
    }
    let code = name.dropFirst("refused-".count).split { $0 == "-" || $0 == "." }.first ?? ""
    #expect(error?.code.rawValue == String(code), "\(String(describing: error))")
    #expect(error?.place == GoldenImage.path(name))
  }

  /// Each scan of a JPEG covers all of its pixels. The number of scans is limited because a few bytes could take
  /// minutes.
  @Test func scansHaveALimit() throws {
    let path = GoldenImage.path("rgb-420-progressive.jpg")
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    let image = try ImageDecoder().decode(bytes, name: "few").image
    let last = try #require(bytes.indices.last { bytes[$0...].starts(with: [0xFF, 0xDA]) })
    let scans = repeatElement(bytes[last...].dropLast(2), count: 100).joined()
    let many = Array(bytes.dropLast(2)) + scans
    var limits = ImageLimits()
    limits.pixels = image.width * image.height
    _ = try ImageDecoder(limits: limits).decode(bytes, name: "few")
    let error = #expect(throws: ImageError.self) {
      try ImageDecoder(limits: limits).decode(many + bytes.suffix(2), name: "many")
    }
    #expect(error?.code == .tooManyPixels && error?.problem.contains("the limit is 16") == true)
  }

  /// The memory needed is known before decoding. It is at least the size of the result, and not much more.
  @Test(arguments: GoldenImage.all.keys.sorted())
  func whatDecodingTakesIsBounded(_ name: String) throws {
    let image = try ImageDecoder().decode(GoldenImage.path(name)).image
    func isDecoded(within byteCount: Int) -> Bool {
      var limits = ImageLimits()
      limits.memoryBytes = byteCount
      do throws(ImageError) {
        return try ImageDecoder(limits: limits).decode(GoldenImage.path(name)).image == image
      } catch {
        #expect(byteCount < 1000 || error.code == .tooManyPixels, "\(error)")
        return false
      }
    }
    var (low, high) = (0, 1 << 24)
    try #require(!isDecoded(within: low) && isDecoded(within: high))
    while high - low > 1 {
      let middle = (low + high) / 2
      if isDecoded(within: middle) { high = middle } else { low = middle }
    }
    let result = image.samples.count * (image.isOfBytes ? 1 : 4)
    #expect(high >= result && high <= 16 * result + 4096, "\(high) for \(result)")
  }

  /// A scaled image is the average of the full image's pixels.
  @Test func aJPEGIsDecodedSmallerWhereThatSuffices() throws {
    let path = GoldenImage.path("scaled.jpg")
    let whole = try ImageDecoder().decode(path).image
    #expect(whole.width == 240 && whole.height == 160)
    // The requested side and the resulting size, which is never smaller than requested unless the file is.
    let sizes = [
      (1000, 240, 160), (160, 240, 160), (81, 240, 160), (80, 120, 80), (41, 120, 80), (40, 60, 40),
      (21, 60, 40), (20, 30, 20), (1, 30, 20),
    ]
    for (side, width, height) in sizes {
      let decoded = try ImageDecoder().decode(path, minimumSide: side)
      #expect(decoded.image.width == width && decoded.image.height == height, "\(side)")
      #expect(decoded.fileWidth == 240 && decoded.fileHeight == 160)
      let factor = 240 / width
      let (small, large) = (decoded.image.numbers, whole.numbers)
      var worst: Float = 0
      for position in small.indices {
        let (pixel, channel) = (position / 3, position % 3)
        let (row, column) = (pixel / width * factor, pixel % width * factor)
        var sum: Float = 0
        for y in row..<row + factor {
          for x in column..<column + factor { sum += large[(y * 240 + x) * 3 + channel] }
        }
        worst = max(worst, abs(small[position] - sum / Float(factor * factor)))
      }
      #expect(worst < 4, "\(side): \(worst)")
    }
  }

  @Test func theSideThatIsAskedForIsTheShorterOneHoweverTheImageLies() throws {
    // 10 by 6 in the file, displayed as 6 by 10.
    let decoded = try ImageDecoder().decode(
      GoldenImage.path("orientation-6.jpg"), minimumSide: 3)
    #expect(decoded.image.width == 3 && decoded.image.height == 5)
    #expect(decoded.fileWidth == 6 && decoded.fileHeight == 10)
  }

  @Test func aNameThatLiesIsRemarkedAndTheFileReadForWhatItIs() throws {
    let folder = try TemporaryFolder()
    let path = try folder.write(try GoldenImage.bytes("rgb-8.png"), to: "photo.JPG")
    let decoded = try ImageDecoder().decode(path)
    #expect(decoded.format == "PNG" && decoded.remarks == [.mislabelled])
    // Names without a known extension are not mislabelled.
    for name in ["photo", "photo.dat", ".png", "photo.png.part"] {
      let path = try folder.write(try GoldenImage.bytes("grey.jpg"), to: name)
      #expect(try ImageDecoder().decode(path).remarks == [])
    }
  }

  @Test func bytesBeforeTheEndOfAJPEGAreRemarked() throws {
    var bytes = try GoldenImage.bytes("grey.jpg")
    let whole = try ImageDecoder().decode(bytes, name: "grey.jpg").image
    bytes.insert(contentsOf: [1, 2, 3], at: bytes.count - 2)
    let decoded = try ImageDecoder().decode(bytes, name: "grey.jpg")
    #expect(decoded.remarks == [.strayBytes] && decoded.image == whole)
    // Bytes after the end are not reported: they belong to another file.
    #expect(
      try ImageDecoder().decode(try GoldenImage.bytes("grey.jpg") + [1, 2], name: "").remarks == [])
  }

  /// However many images there are, only their links are followed.
  @Test func imagesOfATIFFAreCounted() throws {
    let decoded = try ImageDecoder().decode(Self.tiff(imageCount: 1500), name: "many.tif")
    #expect(decoded.remarks == [.severalImages(1500)])
    #expect(decoded.image.numbers == [77])
  }

  /// Returns a little-endian TIFF of one-pixel images with the value 77.
  private static func tiff(imageCount: Int) -> [UInt8] {
    func bytes(_ number: Int, _ count: Int) -> [UInt8] {
      (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
    }
    // Width, height, bits, compression, photometric interpretation, strip offset, samples, rows, strip byte count.
    let tags = [
      (256, 1), (257, 1), (258, 8), (259, 1), (262, 1), (273, 8), (277, 1), (278, 1), (279, 1),
    ]
    let length = 2 + 12 * tags.count + 4
    var file = [0x49, 0x49, 42, 0] + bytes(12, 4) + [77, 0, 0, 0]
    for number in 1...imageCount {
      file += bytes(tags.count, 2)
      for (tag, value) in tags {
        file += bytes(tag, 2) + bytes(4, 2) + bytes(1, 4) + bytes(value, 4)
      }
      file += bytes(number == imageCount ? 0 : 12 + number * length, 4)
    }
    return file
  }

  @Test func filesOfOneBandEachMakeOneImage() throws {
    let (grey, wide, tall) = ("grey-8.png", "grey-16.png", "oriented.png")
    let paths = [grey, "white-is-0.tif", grey].map { GoldenImage.path($0) }
    let stacked = try ImageDecoder().decode(bands: paths).image
    #expect(stacked.channels == 3 && stacked.isOfBytes)
    let band = try ImageDecoder().decode(paths[0]).image.numbers
    for (pixel, value) in band.enumerated() {
      #expect(Array(stacked.numbers[pixel * 3..<pixel * 3 + 3]) == [value, 255 - value, value])
    }
    let mixed = try ImageDecoder().decode(bands: [grey, wide].map { GoldenImage.path($0) }).image
    let numbers = try #require(GoldenImage.all[wide]).samples
    #expect(mixed.channels == 2 && !mixed.isOfBytes)
    for pixel in band.indices {
      #expect(abs(mixed.numbers[pixel * 2] - band[pixel] / 255) < 1e-6)
      #expect(abs(mixed.numbers[pixel * 2 + 1] - numbers[pixel]) < 2e-4)
    }
    for (other, words) in [(tall, "6 by 10"), ("rgb-8.png", "3 channels")] {
      let error = #expect(throws: ImageError.self) {
        try ImageDecoder().decode(bands: [grey, other].map { GoldenImage.path($0) })
      }
      #expect(error?.code == .mismatchedBands && error?.description.contains(words) == true)
    }
  }
}
