import Errors
import TensorCore

/// The header of a safetensors file: its length in 8 bytes, little-endian, followed by the JSON.
///
/// The format: https://huggingface.co/docs/safetensors. An instance has been validated: offsets start at 0, are
/// contiguous without overlaps and end at the end of the file, and each tensor has as many bytes as its type and
/// shape require.
struct SafetensorsHeader {
  /// The header entry of a tensor.
  struct Entry {
    let elementType: ElementType
    let shape: Shape
    /// The byte range of its data, relative to the start of the data section.
    let range: Range<Int>
  }

  /// The maximum length of the JSON that is read, in bytes. The format allows 100 MB; this is enough for thousands of
  /// tensors.
  static let byteLimit = 1 << 20

  /// The number of bytes before the JSON, which hold its length.
  static let prefixLength = 8

  private(set) var entries: [String: Entry] = [:]
  private(set) var metadata: [String: String] = [:]
  /// The offset of the data section in the file.
  let dataStart: Int

  /// Returns the header with other names. `tensorName` and `metadataKey` map the name of a tensor and the key of a
  /// metadata entry; nil leaves it out. If two get the same new name, the one whose old name sorts last wins.
  func renamed(
    tensorName: (String) -> String?, metadataKey: (String) -> String?
  ) -> SafetensorsHeader {
    var header = self
    (header.entries, header.metadata) = ([:], [:])
    for (name, entry) in entries.sorted(by: { $0.key < $1.key }) {
      if let name = tensorName(name) { header.entries[name] = entry }
    }
    for (key, text) in metadata.sorted(by: { $0.key < $1.key }) {
      if let key = metadataKey(key) { header.metadata[key] = text }
    }
    return header
  }

  /// Parses and validates the header of the file `bytes`. Reads no byte beyond the header.
  init(of bytes: UnsafeRawBufferPointer, place: String) throws(ModelFileError) {
    guard bytes.count >= Self.prefixLength else {
      throw .damaged(
        .truncated, "its \(bytes.count) bytes are too few for the header's length", place)
    }
    let length = UInt64(littleEndian: bytes.loadUnaligned(as: UInt64.self))
    guard length <= UInt64(Self.byteLimit) else {
      throw .damaged(
        .headerTooLarge,
        "its header has \(length) bytes; the limit is \(Self.byteLimit)",
        place)
    }
    guard bytes.count - Self.prefixLength >= Int(length) else {
      throw .damaged(
        .truncated,
        "its header takes \(length) bytes and only \(bytes.count - Self.prefixLength) follow", place
      )
    }
    dataStart = Self.prefixLength + Int(length)
    let json = UnsafeRawBufferPointer(rebasing: bytes[Self.prefixLength..<dataStart])
      .bindMemory(to: UInt8.self)
    guard String(validating: json, as: UTF8.self) != nil else {
      throw .damaged(.badHeader, "its header is not UTF-8", place)
    }
    do throws(HeaderScanner.Flaw) {
      var scanner = HeaderScanner(json)
      try read(&scanner)
    } catch {
      throw .damaged(
        error.code, "expected \(error.expected) at byte \(error.position) of its header", place)
    }
    try checkOffsets(dataLength: bytes.count - dataStart, place: place)
  }
}

extension SafetensorsHeader {
  private mutating func read(_ scanner: inout HeaderScanner) throws(HeaderScanner.Flaw) {
    var hasMetadata = false
    try scanner.members { (scanner, name, end) throws(HeaderScanner.Flaw) in
      guard name == "__metadata__" else {
        let entry = try readEntry(&scanner)
        guard entries.updateValue(entry, forKey: name) == nil else {
          throw scanner.flaw("each tensor once, found '\(name)' again", at: end)
        }
        return
      }
      guard !hasMetadata else { throw scanner.flaw("__metadata__ only once", at: end) }
      hasMetadata = true
      try scanner.members { (scanner, key, end) throws(HeaderScanner.Flaw) in
        guard metadata.updateValue(try scanner.string(), forKey: key) == nil else {
          throw scanner.flaw("each key once, found '\(key)' again", at: end)
        }
      }
    }
    try scanner.expectEnd()
  }

  private func readEntry(_ scanner: inout HeaderScanner) throws(HeaderScanner.Flaw) -> Entry {
    var elementType: ElementType?
    var dimensions: [Int]?
    var offsets: [Int]?
    try scanner.members(orNone: false) { (scanner, key, end) throws(HeaderScanner.Flaw) in
      switch key {
      case "dtype" where elementType == nil:
        let name = try scanner.string()
        elementType = ElementType(rawValue: name)
        guard elementType != nil else {
          throw scanner.flaw(
            "an element type that Latent reads, found '\(name)'", at: end,
            code: .unknownElementType)
        }
      case "shape" where dimensions == nil: dimensions = try scanner.numbers()
      case "data_offsets" where offsets == nil: offsets = try scanner.numbers()
      default:
        throw scanner.flaw("dtype, shape and data_offsets once each, found '\(key)'", at: end)
      }
    }
    guard let elementType, let dimensions, let offsets else {
      throw scanner.flaw("dtype, shape and data_offsets before the tensor ends")
    }
    guard offsets.count == 2, offsets[0] <= offsets[1] else {
      throw scanner.flaw(
        "data_offsets of [start, end] before the tensor ends", code: .badOffsets)
    }
    guard let shape = Shape(checking: dimensions),
      shape.byteCount(of: elementType) == offsets[1] - offsets[0]
    else {
      throw scanner.flaw(
        "data_offsets that fit \(elementType.rawValue) of shape \(dimensions) "
          + "before the tensor ends",
        code: .badOffsets)
    }
    return Entry(elementType: elementType, shape: shape, range: offsets[0]..<offsets[1])
  }

  /// Checks that the tensors cover the data section exactly, without holes or overlaps.
  private func checkOffsets(dataLength: Int, place: String) throws(ModelFileError) {
    let inOrder = entries.sorted {
      ($0.value.range.lowerBound, $0.value.range.upperBound)
        < ($1.value.range.lowerBound, $1.value.range.upperBound)
    }
    var end = 0
    for (name, entry) in inOrder {
      guard entry.range.lowerBound == end else {
        let flaw =
          entry.range.lowerBound < end
          ? "overlaps the tensor before it" : "leaves a gap after the tensor before it"
        throw .damaged(
          .badOffsets,
          "tensor '\(name)' at \(entry.range.lowerBound) \(flaw), which ends at \(end)",
          place)
      }
      end = entry.range.upperBound
    }
    guard end <= dataLength else {
      throw .damaged(
        .truncated, "its tensors take \(end) bytes and only \(dataLength) are there", place)
    }
    guard end == dataLength else {
      throw .damaged(.badOffsets, "\(dataLength - end) bytes follow its last tensor", place)
    }
  }
}

extension ExplainedError<ModelFileErrorCode> {
  /// Returns the error for a file that was truncated, altered or never was a model file.
  static func damaged(_ code: Code, _ problem: String, _ place: String) -> ModelFileError {
    ModelFileError(
      code, problem, place: place,
      remedy: "It is damaged or of another kind: use an intact copy of it, or write it again.")
  }
}
