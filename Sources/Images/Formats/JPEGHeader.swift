/// What the markers of a JPEG say before its first scan (ITU-T T.81, annex B).
struct JPEGHeader {
  var width = 0
  var height = 0
  /// 1 for grey, 3 for colours, 4 for inks.
  var components = 0
  /// Bits of a sample.
  var precision = 0
  /// How the image lies, by its EXIF data.
  var orientation = Orientation.upright
  /// Of every hundred pixels, how many samples the components have together, which may be coarser than the image.
  private var samplesPerHundred = 0
  /// Whether the samples come in several scans, so that all of them are kept until the last.
  private var isInScans = false

  /// The memory that decoding takes besides the result: where there are several scans, 2 bytes for each sample.
  var scanBytes: Int { isInScans ? width * height / 50 * samplesPerHundred : 0 }

  /// Throws when the markers end, or a scan begins, before the size was told.
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
          throw file.broken("it tells its size wrongly or twice")
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
    guard width > 0 else { throw file.broken("its pixels begin before it tells their number") }
  }

  /// The same of components of which each is told in 3 bytes, its two factors in the second.
  private static func samplesPerHundred(_ told: ArraySlice<UInt8>, of components: Int) -> Int {
    let factors = (0..<components).compactMap { component -> (across: Int, down: Int)? in
      let place = told.startIndex + 3 * component + 1
      guard place < told.endIndex else { return nil }
      return (max(1, Int(told[place] >> 4)), max(1, Int(told[place] & 15)))
    }
    let most = (factors.map(\.across).max() ?? 1) * (factors.map(\.down).max() ?? 1)
    return factors.reduce(0) { $0 + (100 * $1.across * $1.down + most - 1) / most }
  }

  /// How many scans the file has: each goes over all pixels, however few bytes it takes.
  func scanCount(of file: EncodedImage) -> Int {
    guard isInScans else { return 1 }
    var count = 0
    Self.forEachMarker(of: file) { marker in
      if marker == 0xDA { count += 1 }
      return true
    }
    return count
  }

  /// Whether the marker of the end stands behind the scans.
  static func hasEnd(_ file: EncodedImage) -> Bool {
    var isThere = false
    forEachMarker(of: file) { marker in
      isThere = marker == 0xD9
      return !isThere
    }
    return isThere
  }

  /// Goes over the markers, those within segments aside, while `body` returns true. Within scans 0xFF is followed by 0, or a
  /// restart.
  private static func forEachMarker(of file: EncodedImage, _ body: (UInt8) -> Bool) {
    var position = 2
    while let marker = nextMarker(file.bytes, &position), body(marker) {
      if standsAlone(marker) { continue }
      guard position + 2 <= file.bytes.count else { return }
      position += max(2, Int(file.bytes[position]) << 8 | Int(file.bytes[position + 1]))
    }
  }

  /// The marker behind the next 0xFF that is one; `position` is then behind it.
  static func nextMarker(_ bytes: [UInt8], _ position: inout Int) -> UInt8? {
    while true {
      while position < bytes.count, bytes[position] != 0xFF { position += 1 }
      while position < bytes.count, bytes[position] == 0xFF { position += 1 }
      guard position < bytes.count else { return nil }
      position += 1
      // Behind 0xFF, 0 is no marker: it makes a sample of it.
      if bytes[position - 1] != 0 { return bytes[position - 1] }
    }
  }

  /// Whether a marker has no content: restarts, the start, TEM.
  static func standsAlone(_ marker: UInt8) -> Bool {
    marker == 0x01 || (0xD0...0xD8).contains(marker)
  }

  /// What EXIF data begin with in a segment.
  private static let exifMark: [UInt8] = Array("Exif".utf8) + [0, 0]
}
