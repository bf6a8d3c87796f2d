import Errors
import Foundation
import Images
import TestEnvironment
import Testing

/// Tests the errors of damaged files.
struct DamagedFileTests {
  /// A file cut at any length is reported as truncated and never decoded as the image.
  @Test(arguments: [
    "grey.jpg", "rgb-420-progressive.jpg", "scan-of-nothing.jpg", "bytes-before-scan.jpg",
    "rgb-8.png", "interlaced.png", "lossy.webp",
    "lossless.webp", "alpha.webp", "grey-8.tif", "rgb-lzw.tif", "tiled.tif", "grey-float32.npy",
  ])
  func aFileThatEndsTooEarlyIsTruncated(_ name: String) throws {
    let whole = try GoldenImage.bytes(name)
    var truncated = 0
    for length in 17..<whole.count {
      do {
        _ = try ImageDecoder().decode(Array(whole[..<length]), name: name)
        Issue.record("\(length) of \(whole.count) bytes were taken for all")
      } catch {
        // A truncated header may be inconsistent.
        #expect([.truncated, .broken].contains(error.code))
        if error.code == .truncated { truncated += 1 }
      }
    }
    // A TIFF's tags may follow its pixels.
    let expected = name.hasSuffix(".tif") ? 0 : whole.count * 9 / 10 - 17
    #expect(truncated >= expected, "\(truncated) of \(whole.count)")
  }

  @Test func aTIFFWhosePixelsAreCutIsTruncated() throws {
    // tifffile writes the tags first.
    let bytes = try GoldenImage.bytes("grey-8.tif")
    let error = #expect(throws: ImageError.self) {
      try ImageDecoder().decode(bytes.dropLast(5), name: "cut.tif")
    }
    #expect(error?.code == .truncated)
  }

  @Test(arguments: ["rgb-8.png", "rgb-444.jpg", "lossless.webp"])
  func aFileWithOtherBytesWithinIsBroken(_ name: String) throws {
    var bytes = try GoldenImage.bytes(name)
    // A JPEG has no checksums to detect altered pixels, but invalid codes are detected.
    let codes = zip(bytes, bytes.dropFirst()).enumerated().first { $1 == (0xFF, 0xC4) }?.offset
    let start = codes.map { $0 + 5 } ?? bytes.count * 3 / 4
    for position in start..<start + 12 { bytes[position] ^= 0x5A }
    let error = #expect(throws: ImageError.self) {
      try ImageDecoder().decode(bytes, name: name)
    }
    #expect([.broken, .truncated].contains(error?.code), "\(String(describing: error))")
    #expect(error?.place == name)
  }

  @Test func sizesAreHeldAgainstTheLimitBeforeAnythingIsTaken() throws {
    var decoder = ImageDecoder()
    decoder.limits.pixels = 59
    for name in ["rgb-444.jpg", "rgb-8.png", "lossless.webp", "rgb-lzw.tif", "grey-uint8.npy"] {
      // 10 by 6 pixels; scaled decoding does not change the size in the file.
      let error = #expect(throws: ImageError.self) {
        try decoder.decode(GoldenImage.path(name), minimumSide: 1)
      }
      #expect(error?.code == .tooManyPixels, "\(name)")
      #expect(error?.description.contains("10 by 6") == true)
    }
    decoder.limits.pixels = 60
    #expect(try decoder.decode(GoldenImage.path("rgb-8.png")).image.width == 10)
    // The limit in pixels assumes four samples each; more channels allow fewer pixels.
    let error = #expect(throws: ImageError.self) {
      try decoder.decode(GoldenImage.path("six-bands.tif"))
    }
    #expect(error?.code == .tooManyPixels)
    decoder.limits = ImageLimits()
    decoder.limits.channels = 5
    #expect(throws: ImageError.self) { try decoder.decode(GoldenImage.path("six-bands.tif")) }
    decoder.limits = ImageLimits()
    decoder.limits.side = 9
    let long = #expect(throws: ImageError.self) {
      try decoder.decode(GoldenImage.path("rgb-444.jpg"))
    }
    #expect(long?.code == .tooManyPixels && long?.description.contains("10 by 6") == true)
    decoder.limits.fileBytes = 100
    let large = #expect(throws: ImageError.self) {
      try decoder.decode(GoldenImage.path("rgb-444.jpg"))
    }
    #expect(large?.code == .fileTooLarge)
  }

  /// Headers that declare impossible sizes.
  @Test func arraysThatCanNotBeAreRefused() throws {
    for shape in ["9223372036854775807, 9223372036854775807", "1, 1, 100000000", "0, 4", "4", ""] {
      var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [1, 0]
      let header = "{'descr': '|u1', 'fortran_order': False, 'shape': (\(shape)), }\n"
      bytes += [UInt8(header.utf8.count), 0] + Array(header.utf8) + [1, 2, 3, 4]
      let error = #expect(throws: ImageError.self) {
        try ImageDecoder().decode(bytes, name: "a.npy")
      }
      #expect(error != nil && [.tooManyPixels, .broken, .unsupported].contains(error?.code))
    }
  }

  /// Tile sizes come from the file but must not take more memory than an image may.
  @Test func tilesFarLargerThanTheImageAreRefused() throws {
    var bytes = try GoldenImage.bytes("tiled.tif")
    for tag: UInt8 in [0x42, 0x43] {
      // TileWidth and TileLength, little-endian: the tag, LONG, a count of 1, the value 16.
      let entry: [UInt8] = [tag, 1, 4, 0, 1, 0, 0, 0, 16, 0]
      let places = bytes.indices.filter { bytes[$0...].starts(with: entry) }
      let place = try #require(places.first)
      bytes[place + 8] = 0
      bytes[place + 9] = 0x70
    }
    let error = #expect(throws: ImageError.self) {
      try ImageDecoder().decode(bytes, name: "tiles.tif")
    }
    #expect(error?.code == .broken && error?.description.contains("invalid size") == true)
  }

  @Test func whatIsNoPlainFileIsSaid() throws {
    let folder = try TemporaryFolder()
    let pipe = folder.path("pipe")
    #expect(mkfifo(pipe, 0o600) == 0)
    let cases: [(String, ImageErrorCode)] = [
      (folder.path, .notAFile), (pipe, .notAFile), (folder.path("none.jpg"), .inputOutput),
      (try folder.write([UInt8](), to: "empty.png"), .empty),
    ]
    for (path, code) in cases {
      let error = #expect(throws: ImageError.self) { try ImageDecoder().decode(path) }
      #expect(error?.code == code && error?.place == path)
    }
  }
}
