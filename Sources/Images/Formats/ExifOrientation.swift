/// The orientation in EXIF data. EXIF is an embedded TIFF file; its first image file directory is read, with bounds
/// checks (EXIF 2.3, section 4.6).
enum ExifOrientation {
  /// Returns the orientation in `exif`, which begins with the byte order mark; upright if there is none.
  static func read(_ exif: ArraySlice<UInt8>) -> Orientation {
    let bytes = Array(exif.prefix(sizeLimit))
    let isLittleEndian = bytes.starts(with: [0x49, 0x49])
    guard isLittleEndian || bytes.starts(with: [0x4D, 0x4D]) else { return .upright }
    func number(_ position: Int, _ count: Int) -> Int? {
      guard position >= 0, position + count <= bytes.count else { return nil }
      let digits = bytes[position..<position + count]
      return (isLittleEndian ? Array(digits.reversed()) : Array(digits)).reduce(0) {
        $0 << 8 | Int($1)
      }
    }
    guard number(2, 2) == 42, let folder = number(4, 4), let count = number(folder, 2) else {
      return .upright
    }
    for entry in 0..<count {
      let place = folder + 2 + 12 * entry
      guard let tag = number(place, 2) else { return .upright }
      guard tag == 0x0112 else { continue }
      // A single value is stored in the entry itself: of type SHORT, as the standard requires, or LONG.
      let byteCount = number(place + 2, 2).flatMap { [3: 2, 4: 4][$0] }
      guard let byteCount, let value = number(place + 8, byteCount) else { return .upright }
      return UInt16(exactly: value).flatMap { Orientation(rawValue: $0) } ?? .upright
    }
    return .upright
  }

  /// The number of bytes examined: a JPEG segment holds no more.
  private static let sizeLimit = 1 << 16
}
