import Errors
package import TensorCore

/// A safetensors file whose header has been read and checked, its tensors left where they are.
///
/// The format: https://huggingface.co/docs/safetensors.
package struct SafetensorsFile: Sendable {
  private let file: MappedFile
  private let header: SafetensorsHeader

  /// Maps the file at `path` and checks its header. The time this takes depends on the number of
  /// tensors and not on their size: none of their bytes is read.
  package init(_ path: String) throws(ModelFileError) {
    try self.init(MappedFile(path))
  }

  /// Checks the header of a file that is mapped already.
  package init(_ file: MappedFile) throws(ModelFileError) {
    header = try file.withBytes { (bytes) throws(ModelFileError) in
      try SafetensorsHeader(of: bytes, place: file.path)
    }
    self.file = file
  }

  private init(_ file: MappedFile, _ header: SafetensorsHeader) {
    self.file = file
    self.header = header
  }

  /// The same file seen under other names: `tensorName` and `metadataKey` give those of a tensor and of a text
  /// under `__metadata__`, or nil for what is left out. O(tensors).
  package func renamed(
    tensorName: (String) -> String?, metadataKey: (String) -> String?
  ) -> SafetensorsFile {
    SafetensorsFile(file, header.renamed(tensorName: tensorName, metadataKey: metadataKey))
  }

  /// The path the file was opened by.
  package var path: String { file.path }

  /// The whole file's size in bytes.
  package var byteCount: Int { file.byteCount }

  /// The texts under `__metadata__`.
  package var metadata: [String: String] { header.metadata }

  /// The tensors' names in the order in which their bytes lie.
  package var tensorNames: [String] {
    header.entries.sorted {
      ($0.value.range.lowerBound, $0.value.range.upperBound, $0.key)
        < ($1.value.range.lowerBound, $1.value.range.upperBound, $1.key)
    }.map(\.key)
  }

  /// The tensor of that name; nil when there is none.
  package func tensor(named name: String) -> StoredTensor? {
    guard let entry = header.entries[name] else { return nil }
    let start = header.dataStart + entry.range.lowerBound
    return StoredTensor(
      name: name, elementType: entry.elementType, shape: entry.shape, file: file,
      range: start..<start + entry.range.count)
  }
}

/// One tensor of a ``SafetensorsFile``.
package struct StoredTensor: Sendable {
  package let name: String
  package let elementType: ElementType
  package let shape: Shape
  let file: MappedFile
  /// Where its bytes lie in the file.
  let range: Range<Int>

  /// The elements in place, row-major, and the file that must be kept as long as they are looked at: for
  /// columns that are read one element at a time, which must be of the reader's own module to be fast.
  ///
  /// Throws ``ModelFileErrorCode/wrongTensor`` when they are of another type, or do not start on a
  /// multiple of their size (Latent writes them so that they do; see ``copy(as:)`` for other files).
  package func mappedElements<Element: TensorElement>(
    of element: Element.Type = Element.self
  ) throws(ModelFileError) -> (file: MappedFile, elements: UnsafeBufferPointer<Element>) {
    try expect(Element.elementType)
    guard range.lowerBound % MemoryLayout<Element>.alignment == 0 else {
      throw ModelFileError(
        .wrongTensor,
        "tensor '\(name)' starts at byte \(range.lowerBound), not on a multiple of "
          + "\(MemoryLayout<Element>.alignment)",
        place: file.path, remedy: "Write the file anew with Latent, or with a newer safetensors.")
    }
    return (file, UnsafeRawBufferPointer(rebasing: file.bytes[range]).bindMemory(to: Element.self))
  }

  /// A copy of the elements, row-major, wherever they start. Throws
  /// ``ModelFileErrorCode/wrongTensor`` when they are of another type.
  package func copy<Element: TensorElement>(
    as element: Element.Type = Element.self
  ) throws(ModelFileError) -> [Element] {
    try expect(Element.elementType)
    return file.withBytes { bytes in
      [Element](unsafeUninitializedCapacity: shape.elementCount) { copy, count in
        UnsafeMutableRawBufferPointer(copy).copyMemory(
          from: UnsafeRawBufferPointer(rebasing: bytes[range]))
        count = shape.elementCount
      }
    }
  }

  /// The tensor, copied into memory, of whatever element type.
  package func tensor() -> Tensor {
    file.withBytes { bytes in
      Tensor(shape, elementType) { target in
        target.copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[range]))
      }
    }
  }

  private func expect(_ expected: ElementType) throws(ModelFileError) {
    guard elementType == expected else {
      throw ModelFileError(
        .wrongTensor,
        "tensor '\(name)' holds \(elementType.rawValue) and should hold \(expected.rawValue)",
        place: file.path, remedy: "Open a file of the right kind, or train again.")
    }
  }
}
