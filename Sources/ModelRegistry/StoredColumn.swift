/// A tensor's elements as they lie in a mapped file, row-major: read in place, never copied.
///
/// Costs a reference to the file; keeps it mapped.
///
/// `@unchecked Sendable`: a constant pointer into `file`, whose bytes nobody changes and which this
/// keeps.
package struct StoredColumn<Element: StoredElement>: @unchecked Sendable {
  private let file: MappedFile
  private let elements: UnsafeBufferPointer<Element>

  /// The elements at `range` of `file`. Traps unless it lies within the file, starts on a multiple
  /// of the element's size and holds whole elements.
  init(_ file: MappedFile, range: Range<Int>) {
    let bytes = UnsafeRawBufferPointer(rebasing: file.bytes[range])
    precondition(
      range.lowerBound % MemoryLayout<Element>.alignment == 0
        && bytes.count % MemoryLayout<Element>.stride == 0,
      "a column of \(Element.self) at \(range)")
    self.file = file
    elements = bytes.bindMemory(to: Element.self)
  }

  /// The number of elements.
  package var count: Int { elements.count }

  /// Lends the elements for the duration of `body`; they stay where they are as long as the column,
  /// or a copy of it, lives.
  package func withElements<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(file) {} }
    return try body(elements)
  }
}
