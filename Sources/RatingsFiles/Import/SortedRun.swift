import Ratings

/// Ratings sorted by pair, and by line within a pair, encoded as bytes in memory or in a file and read one by
/// one.
///
/// A row consists of a user key, an item key, value and time. For text ids, the texts with a length prefix
/// follow. A key is the integer, shifted to sort as unsigned, or the first 8 bytes of the text.
struct SortedRun {
  /// The sort keys of a row's ids.
  struct Keys: Equatable {
    let user: UInt64
    let item: UInt64
  }

  /// The ids of a row; the texts are nil for integers.
  struct Pair {
    let keys: Keys
    let user: [UInt8]?
    let item: [UInt8]?
  }

  enum Order {
    case less, equal, greater
  }

  /// An upper bound on the size of a row.
  static let rowByteLimit = 2 * identifierByteLimit + 64

  private let userType: IdentifierType
  private let itemType: IdentifierType
  private let file: SealedFile?
  /// The part of the file not read yet.
  private var rest: Range<Int>
  private var buffer: [UInt8]
  /// The rows read but not taken yet are `position ..< end` of the buffer.
  private var position = 0
  private var end: Int
  /// The keys of the current row.
  private(set) var keys = Keys(user: 0, item: 0)
  private var userText = 0..<0
  private var itemText = 0..<0
  /// The value and time of the current row.
  private(set) var state = RatingState(value: 0, time: 0)
  /// Whether there is no further row.
  private(set) var isAtEnd = false

  /// Creates a run from the result of ``encoded(_:)``.
  init(_ bytes: [UInt8], userType: IdentifierType, itemType: IdentifierType) {
    file = nil
    rest = 0..<0
    buffer = bytes
    end = bytes.count
    self.userType = userType
    self.itemType = itemType
  }

  /// Creates a run from a part of `file`, of which `memory` bytes are read at a time.
  init(
    _ file: SealedFile, _ range: Range<Int>, memory: Int, userType: IdentifierType,
    itemType: IdentifierType
  ) {
    self.file = file
    rest = range
    buffer = Array(repeating: 0, count: max(memory, Self.rowByteLimit))
    end = 0
    self.userType = userType
    self.itemType = itemType
  }

  /// The ids of the current row.
  var pair: Pair {
    Pair(
      keys: keys, user: userType == .text ? Array(buffer[userText]) : nil,
      item: itemType == .text ? Array(buffer[itemText]) : nil)
  }

  /// Returns whether the current row is of `pair`.
  func isAt(_ pair: Pair) -> Bool {
    keys == pair.keys
      && (pair.user.map { $0.elementsEqual(buffer[userText]) } ?? true)
      && (pair.item.map { $0.elementsEqual(buffer[itemText]) } ?? true)
  }

  /// Compares the current row with another run's.
  func order(against other: SortedRun) -> Order {
    if keys.user != other.keys.user {
      return keys.user < other.keys.user ? .less : .greater
    }
    if userType == .text {
      let order = compareTexts(buffer, userText, other.buffer, other.userText)
      if order != .equal { return order }
    }
    if keys.item != other.keys.item {
      return keys.item < other.keys.item ? .less : .greater
    }
    guard itemType == .text else { return .equal }
    return compareTexts(buffer, itemText, other.buffer, other.itemText)
  }

  /// Advances to the next row.
  mutating func next() throws(RatingsFileError) {
    if end - position < Self.rowByteLimit { try readMore() }
    guard position < end else {
      isAtEnd = true
      return
    }
    keys = Keys(user: integer(), item: integer())
    state = RatingState(
      value: Float(bitPattern: UInt32(truncatingIfNeeded: integer())),
      time: Int64(bitPattern: integer()))
    if userType == .text { userText = text() }
    if itemType == .text { itemText = text() }
  }

  private mutating func readMore() throws(RatingsFileError) {
    guard let file, !rest.isEmpty else { return }
    for source in position..<end { buffer[source - position] = buffer[source] }
    end -= position
    position = 0
    while end < buffer.count, !rest.isEmpty {
      let count = try file.read(
        into: &buffer, at: end, upTo: min(buffer.count - end, rest.count), from: rest.lowerBound)
      precondition(count > 0, "a temporary file lost bytes")
      end += count
      rest = rest.lowerBound + count..<rest.upperBound
    }
  }

  private mutating func integer() -> UInt64 {
    defer { position += 8 }
    return buffer.withUnsafeBytes {
      UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: position, as: UInt64.self))
    }
  }

  private mutating func text() -> Range<Int> {
    let count = Int(buffer[position]) << 8 | Int(buffer[position + 1])
    let start = position + 2
    position = start + count
    return start..<position
  }
}

extension SortedRun {
  /// Encodes the rows of `batch`, sorted.
  static func encoded(_ batch: borrowing RatingBatch) -> [UInt8] {
    let users = keys(of: batch.users)
    let items = keys(of: batch.items)
    let order = order(of: batch, users, items)
    let byteCount = order.count * 4 * 8 + batch.users.textRunSize + batch.items.textRunSize
    return Array(unsafeUninitializedCapacity: byteCount) { array, initializedCount in
      let buffer = UnsafeMutableRawBufferPointer(array)
      var end = 0
      func put<Bits: FixedWidthInteger>(_ bits: Bits) {
        buffer.storeBytes(of: bits.bigEndian, toByteOffset: end, as: Bits.self)
        end += MemoryLayout<Bits>.size
      }
      func put(textOf column: IdentifierColumn, _ row: Int) {
        guard case .texts(let texts) = column else { return }
        let range = texts.range(at: row)
        put(UInt16(range.count))
        texts.bytes.withUnsafeBytes { bytes in
          UnsafeMutableRawBufferPointer(rebasing: buffer[end...])
            .copyMemory(from: UnsafeRawBufferPointer(rebasing: bytes[range]))
        }
        end += range.count
      }
      for row in order {
        put(users[row])
        put(items[row])
        put(UInt64(batch.values[row].bitPattern))
        put(UInt64(bitPattern: batch.times[row]))
        put(textOf: batch.users, row)
        put(textOf: batch.items, row)
      }
      initializedCount = end
    }
  }

  /// Returns the positions of the rows in sorted order.
  private static func order(
    of batch: borrowing RatingBatch, _ users: [UInt64], _ items: [UInt64]
  ) -> [Int] {
    struct Row {
      let user: UInt64
      let item: UInt64
      let position: Int
    }
    let (userIDs, itemIDs) = (batch.users, batch.items)
    let isText = userIDs.type == .text || itemIDs.type == .text
    func precedes(_ left: Row, _ right: Row) -> Bool {
      guard isText else {
        return (left.user, left.item, left.position) < (right.user, right.item, right.position)
      }
      if left.user != right.user { return left.user < right.user }
      let order = compareTexts(userIDs, left.position, right.position)
      if order != .equal { return order == .less }
      if left.item != right.item { return left.item < right.item }
      let itemOrder = compareTexts(itemIDs, left.position, right.position)
      if itemOrder != .equal { return itemOrder == .less }
      return left.position < right.position
    }
    var rows = (0..<users.count).map { Row(user: users[$0], item: items[$0], position: $0) }
    // Files are often sorted already.
    if !zip(rows, rows.dropFirst()).allSatisfy({ precedes($0, $1) }) { rows.sort(by: precedes) }
    return rows.map(\.position)
  }

  private static func keys(of column: IdentifierColumn) -> [UInt64] {
    switch column {
    case .integers(let integers):
      integers.map { UInt64(bitPattern: $0) ^ 1 << 63 }
    case .texts(let texts):
      (0..<texts.count).map { position in
        let text = texts.range(at: position)
        var key: UInt64 = 0
        for offset in 0..<8 {
          key = key << 8 | (offset < text.count ? UInt64(texts.bytes[text.lowerBound + offset]) : 0)
        }
        return key
      }
    }
  }
}

extension SortedRun.Pair {
  /// Appends the ids to those of a batch.
  func append(to batch: inout RatingBatch) {
    Self.append(keys.user, user, to: &batch.users)
    Self.append(keys.item, item, to: &batch.items)
  }

  /// The user's id in its original form.
  var userText: String { Self.text(keys.user, user) }

  /// The item's id in its original form.
  var itemText: String { Self.text(keys.item, item) }

  private static func append(_ key: UInt64, _ text: [UInt8]?, to column: inout IdentifierColumn) {
    if let text { column.append(utf8: text.span) } else { column.append(integer: integer(key)) }
  }

  private static func text(_ key: UInt64, _ text: [UInt8]?) -> String {
    text.map { String(decoding: $0, as: UTF8.self) } ?? "\(integer(key))"
  }

  private static func integer(_ key: UInt64) -> Int64 { Int64(bitPattern: key ^ 1 << 63) }
}

extension IdentifierColumn {
  /// The size of the column's texts in a run, in bytes.
  fileprivate var textRunSize: Int {
    guard case .texts(let texts) = self else { return 0 }
    return texts.bytes.count + 2 * texts.count
  }
}

/// Compares two texts of a column by their bytes; integers compare equal.
private func compareTexts(_ column: IdentifierColumn, _ left: Int, _ right: Int) -> SortedRun.Order
{
  guard case .texts(let texts) = column else { return .equal }
  return compareTexts(texts.bytes, texts.range(at: left), texts.bytes, texts.range(at: right))
}

private func compareTexts(
  _ bytes: [UInt8], _ left: Range<Int>, _ otherBytes: [UInt8], _ right: Range<Int>
) -> SortedRun.Order {
  for offset in 0..<min(left.count, right.count) {
    let (one, other) = (bytes[left.lowerBound + offset], otherBytes[right.lowerBound + offset])
    if one != other { return one < other ? .less : .greater }
  }
  return left.count == right.count ? .equal : left.count < right.count ? .less : .greater
}
