/// The dimensions of a tensor, outermost first, as in `[batch, features]`.
///
/// The rank is arbitrary. `[]` is the shape of a scalar, which has one element. A shape with a dimension of length 0
/// has no elements.
package struct Shape: Hashable, Sendable, CustomStringConvertible, ExpressibleByArrayLiteral {
  /// The lengths, outermost first; none is negative.
  package let dimensions: [Int]
  /// The product of the lengths; 1 for `[]`.
  package let elementCount: Int

  /// Creates a shape. Traps if a length is negative or the element count overflows `Int`; for untrusted lengths use
  /// ``init(checking:)``.
  package init(_ dimensions: [Int]) {
    guard let shape = Shape(checking: dimensions) else {
      preconditionFailure("no shape has the dimensions \(dimensions)")
    }
    self = shape
  }

  /// Creates a shape from untrusted lengths, such as those in a file. Returns nil if one is negative, or if the product
  /// of the nonzero lengths overflows `Int`.
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

  /// The length of dimension `position`, counted from the outermost or, if negative, from the end: -1 is the innermost.
  /// Traps outside `-rank ..< rank`.
  package subscript(position: Int) -> Int {
    dimensions[position < 0 ? position + dimensions.count : position]
  }

  /// Returns the size in bytes of a tensor of this shape without padding, or nil if it overflows `Int`.
  package func byteCount(of type: ElementType) -> Int? {
    let (bytes, overflow) = elementCount.multipliedReportingOverflow(by: type.byteCount)
    return overflow ? nil : bytes
  }

  /// The lengths as printed in messages: `[64, 50]`.
  package var description: String { dimensions.description }
}
