/// The type of an id. A store fixes one for all users and another for all items.
package enum IdentifierType: String, Sendable, CaseIterable, Codable {
  /// 64-bit signed integers.
  case integer
  /// UTF-8 text of at most ``identifierByteLimit`` bytes.
  case text
}

/// The maximum length of a text id, in bytes of UTF-8. Longer ids are rejected as bad input.
package let identifierByteLimit = 1024

/// The external id of a user or an item.
///
/// `Entity` keeps the ids of users and items apart: see ``UserID`` and ``ItemID``. Ids are equal if they are
/// the same integer or the same bytes. Unlike with `String`'s own comparison, two encodings of one accented
/// letter are two ids, as in a database. An integer never equals a text.
package struct Identifier<Entity>: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The integer or text of an id.
  package enum Value: Sendable {
    case integer(Int64)
    case text(String)
  }

  /// The integer or text.
  package let value: Value

  /// Creates an integer id.
  package init(_ integer: Int64) { value = .integer(integer) }

  /// Creates a text id.
  package init(_ text: String) { value = .text(text) }

  /// Parses `text` as an id of the given type; nil if `type` is integer and `text` is not one, if it is
  /// empty, or if it is longer than ``identifierByteLimit``.
  ///
  /// Leading zeros and a plus sign are ignored (`0042` is 42), as on the wire.
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

  /// The type of this id.
  package var type: IdentifierType {
    switch value {
    case .integer: .integer
    case .text: .text
    }
  }

  /// The id as given, for display.
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

  /// Orders integers by value, before all texts, and texts by their UTF-8 bytes.
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
      // No UTF-8 text contains this byte, so it marks where the first of two ids ends.
      hasher.combine(UInt8.max)
    }
  }
}

extension Identifier: Encodable {
  /// Encodes the bare integer or text.
  package func encode(to encoder: any Encoder) throws {
    switch value {
    case .integer(let integer): try integer.encode(to: encoder)
    case .text(let text): try text.encode(to: encoder)
    }
  }
}

/// Marks ids of users.
package enum UserEntity {}

/// Marks ids of items.
package enum ItemEntity {}

/// The external id of a user.
package typealias UserID = Identifier<UserEntity>

/// The external id of an item.
package typealias ItemID = Identifier<ItemEntity>

/// The row of a user or an item in a data set or a model: dense, from 0, in the order of the ids.
///
/// A distinct type rather than an `Int`, so that a user's row can't be used for an item's.
package struct DenseIndex<Entity>: Hashable, Comparable, Sendable, CustomStringConvertible {
  /// The row, from 0.
  package let rawValue: UInt32

  /// Creates the row `rawValue`.
  @inlinable package init(_ rawValue: UInt32) { self.rawValue = rawValue }

  /// Creates the row `position`. Traps unless it is within 0 ..< 2^32.
  @inlinable package init(_ position: Int) { rawValue = UInt32(position) }

  /// The row as an array index.
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
