/// A JPEG without what is harmless and what libjpeg warns of. It tells its first warning alone: behind a harmless one
/// damage would not be seen.
struct JPEGRepair {
  /// The file, as it is where there is nothing to repair.
  private(set) var bytes: [UInt8]
  /// Whether bytes that belong to nothing stood before the first scan; they are left out.
  private(set) var hasStrayBytes = false

  /// Leaves out what stands between the segments of the header, and has the scans of a sequential image, which are
  /// of whole blocks whatever they say, say so (ITU-T T.81, table B.3). Complexity: O(bytes).
  init(_ file: EncodedImage, _ header: JPEGHeader) {
    bytes = file.bytes
    var strays: [Range<Int>] = []
    var isSequential = false
    var position = 2
    var isHeader = true
    var isDone = false
    while !isDone {
      let start = position
      guard let marker = JPEGHeader.nextMarker(bytes, &position) else { break }
      if isHeader {
        let stray = start..<position - 2
        if bytes[stray].contains(where: { $0 != 0xFF }) { strays.append(stray) }
      }
      if marker == 0xD9 { break }
      if JPEGHeader.standsAlone(marker) { continue }
      guard position + 2 <= bytes.count else { break }
      let end = position + max(2, Int(bytes[position]) << 8 | Int(bytes[position + 1]))
      guard end <= bytes.count else { break }
      switch marker {
      case 0xC0, 0xC1: isSequential = true
      case 0xDA:
        isHeader = false
        let componentCount = position + 2 < end ? Int(bytes[position + 2]) : 0
        let spectrum = position + 3 + 2 * componentCount
        if isSequential, spectrum + 3 == end, bytes[spectrum..<end] != Self.wholeBlocks {
          bytes.replaceSubrange(spectrum..<end, with: Self.wholeBlocks)
        }
        isDone = !isSequential || componentCount >= header.components
      default: break
      }
      position = end
    }
    hasStrayBytes = !strays.isEmpty
    for stray in strays.reversed() { bytes.removeSubrange(stray) }
  }

  /// The coefficients from 0 to 63, of all their bits.
  private static let wholeBlocks: ArraySlice<UInt8> = [0, 63, 0]
}
