import Ratings

/// Gathers rows into batches.
struct RatingGatherer {
  private var users: IdentifierGatherer
  private var items: IdentifierGatherer
  private var values: [Float] = []
  private var times: [Int64] = []

  /// Creates a gatherer for rows of a file with this layout.
  init(users: IdentifierForm, items: IdentifierForm, _ layout: RatingsLayout) {
    self.users = IdentifierGatherer(users, column: layout.user)
    self.items = IdentifierGatherer(items, column: layout.item)
  }

  /// The user of the last rating added. Traps if there is none.
  var lastUser: UserID { users.last() }

  /// The number of ratings gathered.
  var count: Int { values.count }

  /// The total size of text ids, in bytes.
  var textByteCount: Int { users.textByteCount + items.textByteCount }

  /// Appends a row whose ids are in `buffer`; if an id is not of its type, appends nothing. Returns the
  /// notation of integers.
  mutating func append(
    _ row: RatingRowParser.Row, of buffer: [UInt8]
  ) throws(LineFault) -> (user: IntegerForm, item: IntegerForm) {
    let user = try users.read(buffer, row.user)
    let item = try items.read(buffer, row.item)
    users.append(user.value, buffer, row.user)
    items.append(item.value, buffer, row.item)
    values.append(row.value)
    times.append(row.time)
    return (user.form, item.form)
  }

  /// Removes the last rating. Traps if there is none.
  mutating func removeLast() {
    users.removeLast()
    items.removeLast()
    values.removeLast()
    times.removeLast()
  }

  /// Returns the ratings so far and empties the gatherer.
  mutating func take() -> RatingBatch {
    var batch = RatingBatch(userType: users.form.type, itemType: items.form.type)
    batch.users = users.take()
    batch.items = items.take()
    batch.values = values
    batch.times = times
    values = []
    times = []
    return batch
  }
}

/// Gathers ids of one type from the bytes of a column.
struct IdentifierGatherer {
  let form: IdentifierForm
  /// The column's position, from 0.
  private let column: Int
  private var integers: [Int64] = []
  private var texts = TextColumn()

  init(_ form: IdentifierForm, column: Int) {
    self.form = form
    self.column = column
  }

  /// The total size of text ids, in bytes.
  var textByteCount: Int { texts.bytes.count }

  /// Returns the id in `field`, which is valid text, if it is an integer, and its notation; arbitrary for a
  /// text id. Throws if it is not of the type.
  func read(
    _ buffer: [UInt8], _ field: Range<Int>
  ) throws(LineFault) -> (value: Int64, form: IntegerForm) {
    guard form.type == .integer else { return (0, .plain) }
    do {
      return try form.integer(buffer.span, field)
    } catch {
      var fault = error
      fault.column = column
      throw fault
    }
  }

  /// Appends the id in `field`, for which ``read(_:_:)`` returned `integer`.
  mutating func append(_ integer: Int64, _ buffer: [UInt8], _ field: Range<Int>) {
    switch form.type {
    case .integer: integers.append(integer)
    case .text: texts.append(utf8: buffer[field])
    }
  }

  /// Returns the last id. Traps if there is none.
  func last<Entity>(_ entity: Entity.Type = Entity.self) -> Identifier<Entity> {
    switch form.type {
    case .integer: Identifier(integers[integers.count - 1])
    case .text: Identifier(texts[texts.count - 1])
    }
  }

  /// Removes the last id. Traps if there is none.
  mutating func removeLast() {
    switch form.type {
    case .integer: integers.removeLast()
    case .text: texts.removeLast()
    }
  }

  /// Returns the ids so far and empties the gatherer.
  mutating func take() -> IdentifierColumn {
    switch form.type {
    case .integer:
      defer { integers = [] }
      return .integers(integers)
    case .text:
      defer { texts = TextColumn() }
      return .texts(texts)
    }
  }
}
