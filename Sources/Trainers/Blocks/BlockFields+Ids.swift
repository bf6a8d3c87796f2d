import Ratings

extension BlockFields {
  /// Returns the number of rows of a block or a side in slot `slot`, which may be 0.
  func rowCount(_ slot: Int) throws(BlockError) -> Int {
    try count(slot, "rows", in: 0...Self.rowLimit)
  }

  /// Returns the length of a row in slot `slot`.
  func factorCount(_ slot: Int) throws(BlockError) -> Int {
    try count(slot, "factors", in: 1...Self.factorLimit)
  }

  /// Reads the next arrays as ids: text of the byte count in slot `byteCount` if slot `type` is 1, else integers.
  mutating func identifiers(
    _ count: Int, typeIn type: Int, byteCountIn byteCount: Int
  ) throws(BlockError) -> IdentifierColumn {
    let isOfTexts = try self.count(type, "types of id", in: 0...1) == 1
    return try isOfTexts ? texts(count, byteCountIn: byteCount) : integers(count)
  }

  /// Reads the next array as integer ids.
  private mutating func integers(_ count: Int) throws(BlockError) -> IdentifierColumn {
    .integers(Array(try array(count, of: Int64.self)))
  }

  /// Reads the next two arrays as text ids: the end of each, and their bytes. Slot `slot` has the number of bytes.
  private mutating func texts(_ count: Int, byteCountIn slot: Int) throws(BlockError)
    -> IdentifierColumn
  {
    let byteCount = try self.count(slot, "bytes of ids", in: 0...BlockFrame.byteLimit)
    let ends = try array(count, of: UInt64.self)
    let bytes = UnsafeBufferPointer(try array(byteCount, of: UInt8.self))
    var texts = TextColumn()
    var start: UInt64 = 0
    for end in ends {
      guard end > start, end <= UInt64(byteCount), end - start <= UInt64(identifierByteLimit) else {
        throw bad("an id is empty, or longer than \(identifierByteLimit) bytes")
      }
      let text = UnsafeBufferPointer(rebasing: bytes[Int(start)..<Int(end)])
      guard String(validating: text, as: UTF8.self) != nil else {
        throw bad("an id is not UTF-8")
      }
      texts.append(utf8: text)
      start = end
    }
    guard start == UInt64(byteCount) else {
      throw bad("the ends of its ids do not match their bytes")
    }
    return .texts(texts)
  }
}
