/// The contents of a JPEG's markers before its first scan (ITU-T T.81, annex B).
struct JPEGHeader {
  var width = 0
  var height = 0
  /// 1 for grey, 3 for colour, 4 for CMYK or YCCK.
  var components = 0
  /// The bits per sample.
  var precision = 0
  /// The orientation in the EXIF data.
  var orientation = Orientation.upright
  /// The samples of all components per hundred pixels; components may be subsampled.
  private var samplesPerHundred = 0
  /// Whether the samples come in several scans, so that all of them are kept until the last.
  private var isInScans = false

  /// The memory for decoding besides the result: 2 bytes per sample if there are several scans.
  var scanBytes: Int { isInScans ? width * height / 50 * samplesPerHundred : 0 }

  /// Throws if the markers end, or a scan begins, before the size is known.
  init(_ file: EncodedImage) throws(ImageError) {
    let bytes = file.bytes
    var position = 2
    var hasOrientation = false
    while true {
      guard let marker = Self.nextMarker(bytes, &position) else {
        throw file.truncated("ends within its header")
      }
      if marker == 0xDA {
        let first = position + 2 < bytes.count ? Int(bytes[position + 2]) : 0
        isInScans = isInScans || first < components
        break
      }
      if marker == 0xD9 { throw file.broken("holds no image") }
      if Self.standsAlone(marker) { continue }
      guard position + 2 <= bytes.count else { throw file.truncated("ends within its header") }
      let length = Int(bytes[position]) << 8 | Int(bytes[position + 1])
      guard length >= 2 else { throw file.broken("a segment of its header is too short") }
      guard position + length <= bytes.count else {
        throw file.truncated("ends within its header")
      }
      let content = bytes[position + 2..<position + length]
      position += length
      switch marker {
      case 0xC0...0xC3, 0xC5...0xC7, 0xC9...0xCB, 0xCD...0xCF:
        guard content.count >= 6, width == 0 else {
          throw file.broken("its size is malformed or repeated")
        }
        let field = Array(content.prefix(6)).map { Int($0) }
        precision = field[0]
        (height, width) = (field[1] << 8 | field[2], field[3] << 8 | field[4])
        components = field[5]
        guard width > 0, height > 0 else { throw file.broken("it has no rows or no columns") }
        isInScans = marker & 3 == 2
        samplesPerHundred = Self.samplesPerHundred(content.dropFirst(6), of: components)
      case 0xE1 where !hasOrientation && content.starts(with: Self.exifMark):
        hasOrientation = true
        orientation = ExifOrientation.read(content.dropFirst(Self.exifMark.count))
      default: break
      }
    }
    guard width > 0 else { throw file.broken("its pixel data begins before its size") }
  }

  /// Computes the samples per hundred pixels. Each component has 3 bytes in `told`; the second holds its sampling
  /// factors.
  private static func samplesPerHundred(_ told: ArraySlice<UInt8>, of components: Int) -> Int {
    let factors = (0..<components).compactMap { component -> (across: Int, down: Int)? in
      let place = told.startIndex + 3 * component + 1
      guard place < told.endIndex else { return nil }
      return (max(1, Int(told[place] >> 4)), max(1, Int(told[place] & 15)))
    }
    let most = (factors.map(\.across).max() ?? 1) * (factors.map(\.down).max() ?? 1)
    return factors.reduce(0) { $0 + (100 * $1.across * $1.down + most - 1) / most }
  }

  /// Returns the number of scans in the file. Each one processes all pixels, however few bytes it has.
  func scanCount(of file: EncodedImage) -> Int {
    guard isInScans else { return 1 }
    var count = 0
    Self.forEachMarker(of: file) { marker in
      if marker == 0xDA { count += 1 }
      return true
    }
    return count
  }

  /// Returns whether an end-of-image marker follows the scans.
  static func hasEnd(_ file: EncodedImage) -> Bool {
    var isThere = false
    forEachMarker(of: file) { marker in
      isThere = marker == 0xD9
      return !isThere
    }
    return isThere
  }

  /// Iterates over the markers outside segments while `body` returns true. Within scans 0xFF is followed by 0 or by
  /// a restart marker.
  private static func forEachMarker(of file: EncodedImage, _ body: (UInt8) -> Bool) {
    var position = 2
    while let marker = nextMarker(file.bytes, &position), body(marker) {
      if standsAlone(marker) { continue }
      guard position + 2 <= file.bytes.count else { return }
      position += max(2, Int(file.bytes[position]) << 8 | Int(file.bytes[position + 1]))
    }
  }

  /// Returns the marker after the next 0xFF that starts one, and moves `position` past it.
  static func nextMarker(_ bytes: [UInt8], _ position: inout Int) -> UInt8? {
    while true {
      while position < bytes.count, bytes[position] != 0xFF { position += 1 }
      while position < bytes.count, bytes[position] == 0xFF { position += 1 }
      guard position < bytes.count else { return nil }
      position += 1
      // A 0 after 0xFF is byte stuffing, not a marker.
      if bytes[position - 1] != 0 { return bytes[position - 1] }
    }
  }

  /// Returns whether a marker has no segment: restart markers, start of image, TEM.
  static func standsAlone(_ marker: UInt8) -> Bool {
    marker == 0x01 || (0xD0...0xD8).contains(marker)
  }

  /// The identifier of EXIF data in a segment.
  private static let exifMark: [UInt8] = Array("Exif".utf8) + [0, 0]
}
