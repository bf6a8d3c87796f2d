import Errors
package import TensorCore

/// A safetensors file with a parsed and validated header. Its tensors are not loaded.
///
/// The format: https://huggingface.co/docs/safetensors.
package struct SafetensorsFile: Sendable {
  private let file: MappedFile
  private let header: SafetensorsHeader

  /// Maps the file at `path` and validates its header. The time depends on the number of tensors, not on their size:
  /// no tensor data is read.
  package init(_ path: String) throws(ModelFileError) {
    try self.init(MappedFile(path))
  }

  /// Validates the header of a file that is already mapped.
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

  /// Returns a view of the same file with other names. `tensorName` and `metadataKey` map the name of a tensor and
  /// the key of a `__metadata__` entry; nil leaves it out. O(tensors).
  package func renamed(
    tensorName: (String) -> String?, metadataKey: (String) -> String?
  ) -> SafetensorsFile {
    SafetensorsFile(file, header.renamed(tensorName: tensorName, metadataKey: metadataKey))
  }

  /// The path of the file.
  package var path: String { file.path }

  /// The size of the whole file in bytes.
  package var byteCount: Int { file.byteCount }

  /// The entries of `__metadata__`.
  package var metadata: [String: String] { header.metadata }

  /// The names of the tensors, in the order of their data in the file.
  package var tensorNames: [String] {
    header.entries.sorted {
      ($0.value.range.lowerBound, $0.value.range.upperBound, $0.key)
        < ($1.value.range.lowerBound, $1.value.range.upperBound, $1.key)
    }.map(\.key)
  }

  /// Returns the tensor called `name`, or nil if there is none.
  package func tensor(named name: String) -> StoredTensor? {
    guard let entry = header.entries[name] else { return nil }
    let start = header.dataStart + entry.range.lowerBound
    return StoredTensor(
      name: name, elementType: entry.elementType, shape: entry.shape, file: file,
      range: start..<start + entry.range.count)
  }
}

/// A tensor of a ``SafetensorsFile``.
package struct StoredTensor: Sendable {
  package let name: String
  package let elementType: ElementType
  package let shape: Shape
  let file: MappedFile
  /// The byte range of its data in the file.
  let range: Range<Int>

  /// Returns the elements in place, row-major, and the file, which must be kept alive while they are accessed.
  ///
  /// For column types that are read one element at a time. To be fast, such a type must be in the module that reads it.
  ///
  /// Throws ``ModelFileErrorCode/wrongTensor`` if the elements are of another type or are misaligned. Latent aligns
  /// the tensors it writes; use ``copy(as:)`` for other files.
  package func mappedElements<Element: TensorElement>(
    of element: Element.Type = Element.self
  ) throws(ModelFileError) -> (file: MappedFile, elements: UnsafeBufferPointer<Element>) {
    try expect(Element.elementType)
    guard range.lowerBound % MemoryLayout<Element>.alignment == 0 else {
      throw ModelFileError(
        .wrongTensor,
        "tensor '\(name)' starts at byte \(range.lowerBound), not on a multiple of "
          + "\(MemoryLayout<Element>.alignment)",
        place: file.path, remedy: "Write the file again with Latent, or with a newer safetensors.")
    }
    return (file, UnsafeRawBufferPointer(rebasing: file.bytes[range]).bindMemory(to: Element.self))
  }

  /// Returns a copy of the elements, row-major, whatever their alignment. Throws ``ModelFileErrorCode/wrongTensor``
  /// if they are of another type.
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

  /// Returns a copy of the tensor in memory, whatever its element type.
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
