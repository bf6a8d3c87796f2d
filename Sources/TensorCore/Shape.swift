/// The lengths of a tensor's dimensions, outermost first, as in `[batch, features]`.
///
/// Of any rank: `[]` is the shape of a single number, which has one element; a dimension of length 0
/// makes a shape of no elements.
package struct Shape: Hashable, Sendable, CustomStringConvertible, ExpressibleByArrayLiteral {
  /// The lengths, outermost first; each at least 0.
  package let dimensions: [Int]
  /// The product of the lengths; 1 for `[]`.
  package let elementCount: Int

  /// The shape with these lengths. Traps when one is negative or the element count is beyond `Int`:
  /// for lengths from outside, see ``init(checking:)``.
  package init(_ dimensions: [Int]) {
    guard let shape = Shape(checking: dimensions) else {
      preconditionFailure("no shape has the dimensions \(dimensions)")
    }
    self = shape
  }

  /// The shape with lengths that come from outside, such as a file; nil when one is negative, or
  /// when the product of those that are not 0 is beyond `Int`.
  package init?(checking dimensions: [Int]) {
    var product = 1
    var isEmpty = false
    for length in dimensions {
      guard length >= 0 else { return nil }
      if length == 0 {
        isEmpty = true
        continue
      }
      let (next, overflow) = product.multipliedReportingOverflow(by: length)
      guard !overflow else { return nil }
      product = next
    }
    self.dimensions = dimensions
    elementCount = isEmpty ? 0 : product
  }

  package init(arrayLiteral dimensions: Int...) { self.init(dimensions) }

  /// The number of dimensions.
  package var rank: Int { dimensions.count }

  /// The length of dimension `position`, counted from the outermost, or from behind when negative:
  /// -1 is the innermost. Traps outside `-rank ..< rank`.
  package subscript(position: Int) -> Int {
    dimensions[position < 0 ? position + dimensions.count : position]
  }

  /// The bytes of a tensor of this shape without padding; nil when that is beyond `Int`.
  package func byteCount(of type: ElementType) -> Int? {
    let (bytes, overflow) = elementCount.multipliedReportingOverflow(by: type.byteCount)
    return overflow ? nil : bytes
  }

  /// The lengths as they are written in messages: `[64, 50]`.
  package var description: String { dimensions.description }
}
