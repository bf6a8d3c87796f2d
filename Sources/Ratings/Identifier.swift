/// The kind of value an id is, fixed for all users of a store and, separately, for all its items.
package enum IdentifierType: String, Sendable, CaseIterable, Codable {
  /// 64-bit signed integers.
  case integer
  /// Text of at most ``identifierByteLimit`` bytes of UTF-8.
  case text
}

/// The longest text id, in bytes of UTF-8. Longer ones are refused as bad input.
package let identifierByteLimit = 1024

/// An id as its owner writes it: the outside name of a user or an item.
///
/// `Entity` keeps users' and items' ids apart: see ``UserID`` and ``ItemID``. Ids are equal when
/// they are the same integer or the same bytes: unlike `String`'s own comparison, two spellings of
/// one accented letter are two ids, as they are in a database, and an integer never equals a text.
package struct Identifier<Entity>: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// What the id holds.
  package enum Value: Sendable {
    case integer(Int64)
    case text(String)
  }

  /// The integer or text itself.
  package let value: Value

  /// An integer id.
  package init(_ integer: Int64) { value = .integer(integer) }

  /// A text id.
  package init(_ text: String) { value = .text(text) }

  /// Reads `text` as an id of the given type; nil when it is no integer and one is asked for, when
  /// it is empty, or when it is longer than ``identifierByteLimit``.
  ///
  /// Leading zeros and a plus sign are read over (`0042` is 42), as on the wire.
  package init?(_ text: String, as type: IdentifierType) {
    switch type {
    case .integer:
      guard let integer = Int64(text) else { return nil }
      value = .integer(integer)
    case .text:
      guard !text.isEmpty, text.utf8.count <= identifierByteLimit else { return nil }
      value = .text(text)
    }
  }

  /// Which of the two kinds this id is.
  package var type: IdentifierType {
    switch value {
    case .integer: .integer
    case .text: .text
    }
  }

  /// The id as it is shown and as it came.
  package var description: String {
    switch value {
    case .integer(let integer): String(integer)
    case .text(let text): text
    }
  }

  package static func == (left: Self, right: Self) -> Bool {
    switch (left.value, right.value) {
    case (.integer(let a), .integer(let b)): a == b
    case (.text(let a), .text(let b)): a.utf8.elementsEqual(b.utf8)
    default: false
    }
  }

  /// Integers by value, before all texts; texts by their bytes of UTF-8.
  package static func < (left: Self, right: Self) -> Bool {
    switch (left.value, right.value) {
    case (.integer(let a), .integer(let b)): a < b
    case (.text(let a), .text(let b)): a.utf8.lexicographicallyPrecedes(b.utf8)
    case (.integer, .text): true
    case (.text, .integer): false
    }
  }

  /// Hashes what ``==(_:_:)`` compares.
  package func hash(into hasher: inout Hasher) {
    switch value {
    case .integer(let integer):
      hasher.combine(integer)
    case .text(let text):
      var text = text
      text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
      // No text holds such a byte: of two ids it is seen where the first ends.
      hasher.combine(UInt8.max)
    }
  }
}

extension Identifier: Encodable {
  /// Writes the integer or text alone.
  package func encode(to encoder: any Encoder) throws {
    switch value {
    case .integer(let integer): try integer.encode(to: encoder)
    case .text(let text): try text.encode(to: encoder)
    }
  }
}

/// Marks the ids of users.
package enum UserEntity {}

/// Marks the ids of items.
package enum ItemEntity {}

/// The outside name of a user.
package typealias UserID = Identifier<UserEntity>

/// The outside name of an item.
package typealias ItemID = Identifier<ItemEntity>

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
