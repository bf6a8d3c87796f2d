/// A column of ids of one type, stored without an object each: an integer takes 8 bytes, a text its bytes and
/// 8 more.
package enum IdentifierColumn: Sendable, Equatable {
  case integers([Int64])
  case texts(TextColumn)

  /// Creates an empty column of the given type.
  package init(type: IdentifierType) {
    switch type {
    case .integer: self = .integers([])
    case .text: self = .texts(TextColumn())
    }
  }

  /// The type of the column's ids.
  package var type: IdentifierType {
    switch self {
    case .integers: .integer
    case .texts: .text
    }
  }

  /// The number of ids.
  package var count: Int {
    switch self {
    case .integers(let integers): integers.count
    case .texts(let texts): texts.count
    }
  }

  /// Returns the id at `position` as an id of `Entity`. Traps outside `0 ..< count`.
  package func identifier<Entity>(
    at position: Int, of entity: Entity.Type = Entity.self
  )
    -> Identifier<Entity>
  {
    switch self {
    case .integers(let integers): Identifier(integers[position])
    case .texts(let texts): Identifier(texts[position])
    }
  }

  /// Appends an id. Traps if it is of the other type.
  package mutating func append<Entity>(_ identifier: Identifier<Entity>) {
    // Switching over a tuple of both would hold a second reference to the column, so that every append would
    // copy it.
    switch identifier.value {
    case .integer(let integer): append(integer: integer)
    case .text(let text): append(utf8: text.utf8Span.span)
    }
  }

  /// Appends an integer. Traps in a column of texts.
  package mutating func append(integer: Int64) {
    guard case .integers(var integers) = self else {
      preconditionFailure("an integer in a column of texts")
    }
    self = .integers([])  // leave one owner, so that appending does not copy
    integers.append(integer)
    self = .integers(integers)
  }

  /// Appends a text from its bytes, which must be valid UTF-8. Traps in a column of integers.
  package mutating func append(utf8 text: Span<UInt8>) {
    guard case .texts(var texts) = self else {
      preconditionFailure("a text in a column of integers")
    }
    self = .texts(TextColumn())
    texts.append(utf8: text)
    self = .texts(texts)
  }

  /// Removes all ids and keeps the capacity.
  package mutating func removeAll() {
    switch self {
    case .integers(var integers):
      self = .integers([])
      integers.removeAll(keepingCapacity: true)
      self = .integers(integers)
    case .texts(var texts):
      self = .texts(TextColumn())
      texts.removeAll()
      self = .texts(texts)
    }
  }
}

/// A column of texts, stored as one run of UTF-8 bytes and the end offset of each text.
package struct TextColumn: Sendable, Equatable {
  /// The bytes of all texts, concatenated.
  package private(set) var bytes: [UInt8] = []
  /// For each text, the offset in `bytes` one past its end.
  package private(set) var ends: [Int] = []

  /// Creates an empty column.
  package init() {}

  /// The number of texts.
  package var count: Int { ends.count }

  /// Returns the range in `bytes` of the text at `position`.
  package func range(at position: Int) -> Range<Int> {
    (position == 0 ? 0 : ends[position - 1])..<ends[position]
  }

  /// The text at `position`. Traps outside `0 ..< count`.
  package subscript(position: Int) -> String {
    String(decoding: bytes[range(at: position)], as: UTF8.self)
  }

  /// Appends a text.
  package mutating func append(_ text: String) {
    bytes.append(contentsOf: text.utf8)
    ends.append(bytes.count)
  }

  /// Appends a text from its bytes, which must be valid UTF-8.
  package mutating func append(utf8 text: some Collection<UInt8>) {
    bytes.append(contentsOf: text)
    ends.append(bytes.count)
  }

  /// Appends a text from its bytes, which must be valid UTF-8.
  package mutating func append(utf8 text: Span<UInt8>) {
    text.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
    ends.append(bytes.count)
  }

  /// Removes the last text. Traps if the column is empty.
  package mutating func removeLast() {
    ends.removeLast()
    bytes.removeSubrange((ends.last ?? 0)...)
  }

  /// Removes all texts and keeps the capacity.
  package mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
  }
}
