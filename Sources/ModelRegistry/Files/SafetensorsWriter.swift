import Foundation
package import TensorCore

/// A tensor on its way to a file: what the header says of it, and where its bytes come from.
package struct OutgoingTensor: Sendable {
  package let name: String
  package let elementType: ElementType
  package let shape: Shape
  let writeElements: @Sendable (inout ElementStream) throws(ModelFileError) -> Void

  /// A tensor whose elements `writeElements` appends, row-major, as many as `shape` has.
  package init(
    _ name: String, _ elementType: ElementType, _ shape: Shape,
    writeElements: @escaping @Sendable (inout ElementStream) throws(ModelFileError) -> Void
  ) {
    self.name = name
    self.elementType = elementType
    self.shape = shape
    self.writeElements = writeElements
  }

  /// A tensor of an array's elements, row-major. Traps unless `shape` has as many.
  package init<Element: TensorElement>(_ name: String, _ shape: Shape, _ elements: [Element]) {
    precondition(elements.count == shape.elementCount, "\(name) \(shape) of \(elements.count)")
    self.init(name, Element.elementType, shape) { (stream) throws(ModelFileError) in
      try stream.append(elements)
    }
  }

  /// The tensor under another name.
  package func named(_ name: String) -> OutgoingTensor {
    OutgoingTensor(name, elementType, shape, writeElements: writeElements)
  }

  /// A row of an array's elements.
  package init<Element: TensorElement>(_ name: String, _ elements: [Element]) {
    self.init(name, [elements.count], elements)
  }
}

/// Takes one tensor's elements and counts them.
package struct ElementStream {
  fileprivate let sink: any ByteSink
  fileprivate let elementType: ElementType
  fileprivate var byteCount = 0

  /// Adds elements. Traps when they are not of the tensor's type.
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

  /// Adds a tensor's elements, row-major. Traps when they are not of the stream's type.
  package mutating func append(_ tensor: Tensor) throws(ModelFileError) {
    precondition(tensor.elementType == elementType, "\(tensor.elementType) to \(elementType)")
    let sink = sink
    byteCount += try tensor.withBytes { (bytes) throws(ModelFileError) in
      try sink.append(bytes)
      return bytes.count
    }
  }

  /// Adds those elements of a tensor of another file that stand at `positions`, row-major. Traps when
  /// they are not of the stream's type, or not there.
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

/// Writes safetensors files: the header, then each tensor's bytes as they come, never the whole in
/// memory. The same tensors and metadata give the same file, byte for byte.
package enum SafetensorsWriter {
  /// Writes a file to `path`, replacing one that is there only when the new one is complete and on
  /// the disk. It is read-only from the start, as all model files are; see ``MappedFile``.
  ///
  /// Tensors with larger elements are put first and otherwise stand in the order given, so that
  /// each starts on a multiple of its element's size; the one named `aligned` starts on a multiple
  /// of 64, if only tensors of 8-byte elements are in front of it.
  ///
  /// Returns the digest of the bytes as they were made, to hold the file against.
  @discardableResult
  package static func write(
    _ tensors: [OutgoingTensor], metadata: [String: String], aligned: String? = nil, to path: String
  ) throws(ModelFileError) -> FileDigest {
    let sink = try FileSink(path)
    try write(tensors, metadata: metadata, aligned: aligned, to: sink)
    return try sink.finish()
  }

  /// The bytes that ``write(_:metadata:aligned:to:)`` would write: for tests and small files.
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

  /// The length and the JSON, with blanks behind it until the data starts where it should.
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
    // The data itself must start on a multiple of 8, the largest element's size.
    let offset = alignedStart % 8 == 0 ? alignedStart : 0
    while (SafetensorsHeader.prefixLength + json.count + offset) % 64 != 0 {
      json.append(UInt8(ascii: " "))
    }
    precondition(json.count <= SafetensorsHeader.byteLimit, "a header of \(json.count) bytes")
    return withUnsafeBytes(of: UInt64(json.count).littleEndian) { Array($0) } + json
  }

  /// `text` as a JSON string.
  private static func quoted(_ text: String) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .withoutEscapingSlashes
    guard let quoted = try? encoder.encode(text) else { preconditionFailure("a text has no JSON") }
    return String(decoding: quoted, as: UTF8.self)
  }
}
