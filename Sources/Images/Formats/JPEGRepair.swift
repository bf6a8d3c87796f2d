/// Removes harmless irregularities that libjpeg warns about. libjpeg reports its first warning only: after a
/// harmless one, damage would go unnoticed.
struct JPEGRepair {
  /// The file's bytes; unchanged if there is nothing to repair.
  private(set) var bytes: [UInt8]
  /// Whether stray bytes before the first scan were removed.
  private(set) var hasStrayBytes = false

  /// Removes bytes between the header's segments. Corrects the spectral selection of sequential scans, which always
  /// have whole blocks whatever they declare (ITU-T T.81, table B.3). Complexity: O(bytes).
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

  /// Coefficients 0 to 63, with all their bits.
  private static let wholeBlocks: ArraySlice<UInt8> = [0, 63, 0]
}
