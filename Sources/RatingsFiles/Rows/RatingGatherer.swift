import Ratings

/// Gathers rows into batches.
struct RatingGatherer {
  private var users: IdentifierGatherer
  private var items: IdentifierGatherer
  private var values: [Float] = []
  private var times: [Int64] = []

  /// A gatherer of rows of a file laid out like this.
  init(users: IdentifierForm, items: IdentifierForm, _ layout: RatingsLayout) {
    self.users = IdentifierGatherer(users, column: layout.user)
    self.items = IdentifierGatherer(items, column: layout.item)
  }

  /// The user of the rating that was added last. Traps when there is none.
  var lastUser: UserID { users.last() }

  /// The number of ratings gathered.
  var count: Int { values.count }

  /// The bytes of all ids that are texts.
  var textByteCount: Int { users.textByteCount + items.textByteCount }

  /// Adds a row whose ids are in `buffer`; nothing of it when one is not of its type. Returns how integers
  /// are written.
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

  /// Takes the rating out that was added last. Traps when there is none.
  mutating func removeLast() {
    users.removeLast()
    items.removeLast()
    values.removeLast()
    times.removeLast()
  }

  /// The ratings so far; the gatherer is empty afterwards.
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

  /// The bytes of all ids, where they are texts.
  var textByteCount: Int { texts.bytes.count }

  /// The id in `field`, which is good as text, where it is an integer, and how it is written; any for a text.
  /// Throws where it is not of the type.
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

  /// Adds the id in `field`, which ``read(_:_:)`` found to be `integer`.
  mutating func append(_ integer: Int64, _ buffer: [UInt8], _ field: Range<Int>) {
    switch form.type {
    case .integer: integers.append(integer)
    case .text: texts.append(utf8: buffer[field])
    }
  }

  /// The id that was added last. Traps when there is none.
  func last<Entity>(_ entity: Entity.Type = Entity.self) -> Identifier<Entity> {
    switch form.type {
    case .integer: Identifier(integers[integers.count - 1])
    case .text: Identifier(texts[texts.count - 1])
    }
  }

  /// Takes the id out that was added last. Traps when there is none.
  mutating func removeLast() {
    switch form.type {
    case .integer: integers.removeLast()
    case .text: texts.removeLast()
    }
  }

  /// The ids so far; the gatherer is empty afterwards.
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
