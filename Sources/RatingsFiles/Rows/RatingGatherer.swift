import Ratings

/// Gathers rows into batches.
struct RatingGatherer {
  private var users: IdentifierGatherer
  private var items: IdentifierGatherer
  private var values: [Float] = []
  private var times: [Int64] = []

  init(userType: IdentifierType, itemType: IdentifierType) {
    users = IdentifierGatherer(type: userType)
    items = IdentifierGatherer(type: itemType)
  }

  /// The user of the rating that was added last. Traps when there is none.
  var lastUser: UserID { users.last() }

  /// The number of ratings gathered.
  var count: Int { values.count }

  /// The bytes of all ids that are texts.
  var textByteCount: Int { users.textByteCount + items.textByteCount }

  /// Adds a row whose ids are in `buffer`; nothing of it when one is not of its type.
  mutating func append(_ row: RatingRowParser.Row, of buffer: [UInt8], _ layout: RatingsLayout)
    throws(LineFault)
  {
    let bytes = buffer.span
    if var fault = users.fault(bytes, row.user) {
      fault.column = layout.user
      throw fault
    }
    if var fault = items.fault(bytes, row.item) {
      fault.column = layout.item
      throw fault
    }
    users.append(buffer, row.user)
    items.append(buffer, row.item)
    values.append(row.value)
    times.append(row.time)
  }

  /// Takes the rating out that was added last. Traps when there is none.
  mutating func removeLast() {
    users.removeLast()
    items.removeLast()
    values.removeLast()
    times.removeLast()
  }

  /// The ratings so far; the gatherer is empty afterwards.
  mutating func take() -> RatingBatch {
    var batch = RatingBatch(userType: users.type, itemType: items.type)
    batch.users = users.take()
    batch.items = items.take()
    batch.values = values
    batch.times = times
    values = []
    times = []
    return batch
  }
}

/// Gathers ids of one type from the bytes of columns.
struct IdentifierGatherer {
  let type: IdentifierType
  private var integers: [Int64] = []
  private var texts = TextColumn()

  init(type: IdentifierType) { self.type = type }

  /// The bytes of all ids, where they are texts.
  var textByteCount: Int { texts.bytes.count }

  /// What keeps `field`, which is good as text, from being an id of this type; nil when nothing does.
  func fault(_ bytes: Span<UInt8>, _ field: Range<Int>) -> LineFault? {
    guard type == .integer, DecimalNumber.identifier(bytes, field) == nil else { return nil }
    return .notAnInteger(bytes, field)
  }

  /// Adds the id in `field`. Traps when ``fault(_:_:)`` finds one.
  mutating func append(_ buffer: [UInt8], _ field: Range<Int>) {
    switch type {
    case .integer:
      guard let integer = DecimalNumber.identifier(buffer.span, field) else {
        preconditionFailure("an id that was not checked")
      }
      integers.append(integer)
    case .text:
      texts.append(utf8: buffer[field])
    }
  }

  /// The id that was added last. Traps when there is none.
  func last<Entity>(_ entity: Entity.Type = Entity.self) -> Identifier<Entity> {
    switch type {
    case .integer: Identifier(integers[integers.count - 1])
    case .text: Identifier(texts[texts.count - 1])
    }
  }

  /// Takes the id out that was added last. Traps when there is none.
  mutating func removeLast() {
    switch type {
    case .integer: integers.removeLast()
    case .text: texts.removeLast()
    }
  }

  /// The ids so far; the gatherer is empty afterwards.
  mutating func take() -> IdentifierColumn {
    switch type {
    case .integer:
      defer { integers = [] }
      return .integers(integers)
    case .text:
      defer { texts = TextColumn() }
      return .texts(texts)
    }
  }
}

extension LineFault {
  /// An id that is no integer where the others are.
  static func notAnInteger(_ bytes: Span<UInt8>, _ field: Range<Int>) -> LineFault {
    LineFault(
      code: .notAnInteger,
      problem: "\(FieldText.quoted(bytes, field)) is no 64-bit integer, as the other ids are",
      remedy: "Mend the id, or import into a new store with ids of type text.")
  }
}
