/// What a walk over the chunks of a PNG tells, without unpacking any (PNG, third edition, section 5.3).
struct PNGChunks {
  /// Whether the last chunk is there, whole.
  private(set) var isWhole = false
  /// How the image lies, by its EXIF data.
  private(set) var orientation = Orientation.upright

  /// What the file begins with.
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  /// Every step is at least the 12 bytes of an empty chunk.
  init(_ bytes: [UInt8]) {
    var position = Self.signature.count
    while position + 12 <= bytes.count {
      let length = bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
      let kind = bytes[position + 4..<position + 8]
      guard length <= bytes.count - position - 12 else { return }
      if kind.elementsEqual("IEND".utf8) {
        isWhole = true
        return
      }
      if kind.elementsEqual("eXIf".utf8) {
        orientation = ExifOrientation.read(bytes[position + 8..<position + 8 + length])
      }
      position += 12 + length
    }
  }
}
