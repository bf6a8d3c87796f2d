import Foundation
package import TensorCore

/// A tensor to be written: its header entry and a function that writes its elements.
package struct OutgoingTensor: Sendable {
  package let name: String
  package let elementType: ElementType
  package let shape: Shape
  let writeElements: @Sendable (inout ElementStream) throws(ModelFileError) -> Void

  /// Creates a tensor whose elements `writeElements` appends, row-major. It must append as many as `shape` holds.
  package init(
    _ name: String, _ elementType: ElementType, _ shape: Shape,
    writeElements: @escaping @Sendable (inout ElementStream) throws(ModelFileError) -> Void
  ) {
    self.name = name
    self.elementType = elementType
    self.shape = shape
    self.writeElements = writeElements
  }

  /// Creates a tensor from an array of elements, row-major. Traps if their number does not match `shape`.
  package init<Element: TensorElement>(_ name: String, _ shape: Shape, _ elements: [Element]) {
    precondition(elements.count == shape.elementCount, "\(name) \(shape) of \(elements.count)")
    self.init(name, Element.elementType, shape) { (stream) throws(ModelFileError) in
      try stream.append(elements)
    }
  }

  /// Returns the tensor under another name.
  package func named(_ name: String) -> OutgoingTensor {
    OutgoingTensor(name, elementType, shape, writeElements: writeElements)
  }

  /// Creates a one-dimensional tensor from an array of elements.
  package init<Element: TensorElement>(_ name: String, _ elements: [Element]) {
    self.init(name, [elements.count], elements)
  }
}

/// A stream that appends the elements of one tensor and counts their bytes.
package struct ElementStream {
  fileprivate let sink: any ByteSink
  fileprivate let elementType: ElementType
  fileprivate var byteCount = 0

  /// Appends elements. Traps if they are not of the tensor's type.
  package mutating func append<Element: TensorElement>(
    _ elements: [Element]
  ) throws(ModelFileError) {
    precondition(Element.elementType == elementType, "\(Element.self) to \(elementType)")
    let sink = sink
    try elements.withUnsafeBufferPointer { (buffer) throws(ModelFileError) in
      try sink.append(UnsafeRawBufferPointer(buffer))
    }
    byteCount += elements.count * elementType.byteCount
  }

  /// Appends the elements of a tensor, row-major. Traps if they are not of the stream's type.
  package mutating func append(_ tensor: Tensor) throws(ModelFileError) {
    precondition(tensor.elementType == elementType, "\(tensor.elementType) to \(elementType)")
    let sink = sink
    byteCount += try tensor.withBytes { (bytes) throws(ModelFileError) in
      try sink.append(bytes)
      return bytes.count
    }
  }

  /// Appends the elements at `positions` of a tensor of another file, row-major. Traps if they are not of the
  /// stream's type or `positions` is out of bounds.
  package mutating func append(
    _ tensor: StoredTensor, _ positions: Range<Int>
  ) throws(ModelFileError) {
    precondition(
      tensor.elementType == elementType && positions.upperBound <= tensor.shape.elementCount,
      "\(positions) of \(tensor.name) to \(elementType)")
    let sink = sink
    let size = elementType.byteCount
    let start = tensor.range.lowerBound
    let range = start + positions.lowerBound * size..<start + positions.upperBound * size
    try tensor.file.withBytes { (bytes) throws(ModelFileError) in
      try sink.append(UnsafeRawBufferPointer(rebasing: bytes[range]))
    }
    byteCount += range.count
  }
}

/// A writer of safetensors files. It streams the header and then each tensor, and never holds the whole file in
/// memory. The same tensors and metadata give the same file, byte for byte.
package enum SafetensorsWriter {
  /// Writes a file to `path`. An existing file is replaced only once the new one is complete and on disk. The file is
  /// read-only from the start, like all model files; see ``MappedFile``.
  ///
  /// Tensors are ordered by descending element size, and otherwise as given, so that each is aligned to its element's
  /// size. The tensor called `aligned` starts on a multiple of 64 if only tensors of 8-byte elements precede it.
  ///
  /// Returns the digest of the bytes as they were generated, to verify the file against.
  @discardableResult
  package static func write(
    _ tensors: [OutgoingTensor], metadata: [String: String], aligned: String? = nil, to path: String
  ) throws(ModelFileError) -> FileDigest {
    let sink = try FileSink(path)
    try write(tensors, metadata: metadata, aligned: aligned, to: sink)
    return try sink.finish()
  }

  /// Returns the bytes that ``write(_:metadata:aligned:to:)`` would write. For tests and small files.
  package static func encode(
    _ tensors: [OutgoingTensor], metadata: [String: String], aligned: String? = nil
  ) throws(ModelFileError) -> [UInt8] {
    let sink = MemorySink()
    try write(tensors, metadata: metadata, aligned: aligned, to: sink)
    return sink.bytes
  }

  private static func write(
    _ tensors: [OutgoingTensor], metadata: [String: String], aligned: String?, to sink: any ByteSink
  ) throws(ModelFileError) {
    let ordered = tensors.enumerated().sorted {
      ($1.element.elementType.byteCount, $0.offset) < ($0.element.elementType.byteCount, $1.offset)
    }.map(\.element)
    let header = header(of: ordered, metadata: metadata, aligned: aligned)
    try header.withUnsafeBufferPointer { (buffer) throws(ModelFileError) in
      try sink.append(UnsafeRawBufferPointer(buffer))
    }
    for tensor in ordered {
      var stream = ElementStream(sink: sink, elementType: tensor.elementType)
      try tensor.writeElements(&stream)
      precondition(
        stream.byteCount == tensor.shape.byteCount(of: tensor.elementType),
        "\(tensor.name) \(tensor.shape) got \(stream.byteCount) bytes")
    }
  }

  /// Returns the length and the JSON, padded with spaces so that the data is aligned.
  private static func header(
    of tensors: [OutgoingTensor], metadata: [String: String], aligned: String?
  ) -> [UInt8] {
    var members: [String] = []
    if !metadata.isEmpty {
      let texts = metadata.sorted { $0.key < $1.key }
        .map { "\(quoted($0.key)):\(quoted($0.value))" }
      members.append("\"__metadata__\":{\(texts.joined(separator: ","))}")
    }
    var start = 0
    var alignedStart = 0
    for tensor in tensors {
      guard let byteCount = tensor.shape.byteCount(of: tensor.elementType) else {
        preconditionFailure("\(tensor.name) \(tensor.shape) is beyond memory")
      }
      if tensor.name == aligned { alignedStart = start }
      let lengths = tensor.shape.dimensions.map(String.init).joined(separator: ",")
      members.append(
        "\(quoted(tensor.name)):{\"dtype\":\"\(tensor.elementType.rawValue)\","
          + "\"shape\":[\(lengths)],\"data_offsets\":[\(start),\(start + byteCount)]}")
      start += byteCount
    }
    var json = Array("{\(members.joined(separator: ","))}".utf8)
    // The data section itself must start on a multiple of 8, the largest element's size.
    let offset = alignedStart % 8 == 0 ? alignedStart : 0
    while (SafetensorsHeader.prefixLength + json.count + offset) % 64 != 0 {
      json.append(UInt8(ascii: " "))
    }
    precondition(json.count <= SafetensorsHeader.byteLimit, "a header of \(json.count) bytes")
    return withUnsafeBytes(of: UInt64(json.count).littleEndian) { Array($0) } + json
  }

  /// Returns `text` as a JSON string.
  private static func quoted(_ text: String) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    guard let quoted = try? encoder.encode(text) else { preconditionFailure("a text has no JSON") }
    return String(decoding: quoted, as: UTF8.self)
  }
}
