/// The facts found by walking a PNG's chunks without decompressing any (PNG, third edition, section 5.3).
struct PNGChunks {
  /// Whether the last chunk is present and complete.
  private(set) var isWhole = false
  /// The width and height if the header is present; not validated.
  private(set) var size: (width: Int, height: Int)?
  /// The number of frames of an animation; 1 for a still image.
  private(set) var frameCount = 1
  /// The orientation in the EXIF data.
  private(set) var orientation = Orientation.upright

  /// The magic bytes of the file.
  static let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]

  /// Every step advances by at least the 12 bytes of an empty chunk.
  init(_ bytes: [UInt8]) {
    func number(_ position: Int) -> Int {
      bytes[position..<position + 4].reduce(0) { $0 << 8 | Int($1) }
    }
    var position = Self.signature.count
    while position + 12 <= bytes.count {
      let length = number(position)
      let kind = bytes[position + 4..<position + 8]
      guard length <= bytes.count - position - 12 else { return }
      if kind.elementsEqual("IEND".utf8) {
        isWhole = true
        return
      }
      let content = position + 8
      if kind.elementsEqual("IHDR".utf8), length >= 8, size == nil {
        size = (number(content), number(content + 4))
      } else if kind.elementsEqual("acTL".utf8), length >= 4 {
        frameCount = number(content)
      } else if kind.elementsEqual("eXIf".utf8) {
        orientation = ExifOrientation.read(bytes[content..<content + length])
      }
      position += 12 + length
    }
  }
}
