/// The row of a user or an item in a data set or a model: dense, from 0, in the order of the ids.
///
/// Never a bare `Int`, so that a user's row can't be used for an item's.
package struct DenseIndex<Entity>: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The row, from 0.
  package let rawValue: UInt32

  /// The row `rawValue`.
  @inlinable package init(_ rawValue: UInt32) { self.rawValue = rawValue }

  /// The row `position`. Traps unless it is within 0 ..< 2^32.
  @inlinable package init(_ position: Int) { rawValue = UInt32(position) }

  /// The row as a position in an array.
  @inlinable package var position: Int { Int(rawValue) }

  package var description: String { String(rawValue) }

  @inlinable package static func < (left: Self, right: Self) -> Bool {
    left.rawValue < right.rawValue
  }
}

/// The dense row of a user.
package typealias UserIndex = DenseIndex<UserEntity>

/// The dense row of an item.
package typealias ItemIndex = DenseIndex<ItemEntity>
