/// Many ids of one type, side by side without an object each: 8 bytes an integer, and for a text
/// its bytes and 8 more.
package enum IdentifierColumn: Sendable, Equatable {
  case integers([Int64])
  case texts(TextColumn)

  /// An empty column of the given type.
  package init(type: IdentifierType) {
    switch type {
    case .integer: self = .integers([])
    case .text: self = .texts(TextColumn())
    }
  }

  /// Which kind of id the column holds.
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

  /// The id at `position`, as `Entity`'s. Traps outside `0 ..< count`.
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

  /// Adds an id at the end. Traps when it is of the other type.
  package mutating func append<Entity>(_ identifier: Identifier<Entity>) {
    // Not a switch over the pair of both: it would hold a second reference to the column, and every
    // append would copy it.
    switch identifier.value {
    case .integer(let integer): append(integer: integer)
    case .text(let text): append(utf8: text.utf8Span.span)
    }
  }

  /// Adds an integer at the end. Traps in a column of texts.
  package mutating func append(integer: Int64) {
    guard case .integers(var integers) = self else {
      preconditionFailure("an integer in a column of texts")
    }
    self = .integers([])  // leave one owner, so that appending does not copy
    integers.append(integer)
    self = .integers(integers)
  }

  /// Adds a text at the end from its bytes, which the caller has found to be valid UTF-8. Traps in a
  /// column of integers.
  package mutating func append(utf8 text: Span<UInt8>) {
    guard case .texts(var texts) = self else {
      preconditionFailure("a text in a column of integers")
    }
    self = .texts(TextColumn())
    texts.append(utf8: text)
    self = .texts(texts)
  }

  /// Empties the column and keeps its memory.
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

/// Many texts in one run of UTF-8 bytes, told apart by where each ends.
package struct TextColumn: Sendable, Equatable {
  /// The bytes of all texts, one behind the other.
  package private(set) var bytes: [UInt8] = []
  /// For each text, the position in `bytes` just behind it.
  package private(set) var ends: [Int] = []

  /// An empty column.
  package init() {}

  /// The number of texts.
  package var count: Int { ends.count }

  /// Where in `bytes` the text at `position` lies.
  package func range(at position: Int) -> Range<Int> {
    (position == 0 ? 0 : ends[position - 1])..<ends[position]
  }

  /// The text at `position`. Traps outside `0 ..< count`.
  package subscript(position: Int) -> String {
    String(decoding: bytes[range(at: position)], as: UTF8.self)
  }

  /// Adds a text at the end.
  package mutating func append(_ text: String) {
    bytes.append(contentsOf: text.utf8)
    ends.append(bytes.count)
  }

  /// Adds a text at the end from its bytes, which the caller has found to be valid UTF-8.
  package mutating func append(utf8 text: some Collection<UInt8>) {
    bytes.append(contentsOf: text)
    ends.append(bytes.count)
  }

  /// Adds a text at the end from its bytes, which the caller has found to be valid UTF-8.
  package mutating func append(utf8 text: Span<UInt8>) {
    text.withUnsafeBufferPointer { bytes.append(contentsOf: $0) }
    ends.append(bytes.count)
  }

  /// Takes the last text out. Traps when there is none.
  package mutating func removeLast() {
    ends.removeLast()
    bytes.removeSubrange((ends.last ?? 0)...)
  }

  /// Empties the column and keeps its memory.
  package mutating func removeAll() {
    bytes.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
  }
}
