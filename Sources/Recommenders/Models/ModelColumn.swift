import ModelRegistry
import Ratings

/// A column of a model file as look-ups want it: one element or one row at a time, the position
/// checked, within this module.
///
/// ``StoredColumn`` is of another module, whose generic code is not specialised here: asked for
/// single elements it takes ten times as long.
///
/// `@unchecked Sendable`: a constant pointer to what `column` keeps mapped and nobody changes.
struct ModelColumn<Element: StoredElement>: @unchecked Sendable {
  private let column: StoredColumn<Element>
  private let elements: UnsafeBufferPointer<Element>

  init(_ column: StoredColumn<Element>) {
    self.column = column
    elements = column.withElements { $0 }
  }

  /// The number of elements.
  var count: Int { elements.count }

  /// The element at `position`. Traps outside `0 ..< count`, in release builds too.
  subscript(position: Int) -> Element {
    precondition(position >= 0 && position < elements.count)
    return elements[position]
  }

  /// Lends all elements for the duration of `body`.
  func withElements<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(column) {} }
    return try body(elements)
  }

  /// Lends the elements at `range` for the duration of `body`. Traps unless they are there.
  func withElements<Result, Failure: Error>(
    in range: Range<Int>, _ body: (UnsafeBufferPointer<Element>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(range.lowerBound >= 0 && range.upperBound <= elements.count)
    defer { withExtendedLifetime(column) {} }
    return try body(UnsafeBufferPointer(rebasing: elements[range]))
  }
}

extension DenseIndex {
  /// The position in a table, by way of what needs no call into another module.
  var row: Int { Int(rawValue) }
}
