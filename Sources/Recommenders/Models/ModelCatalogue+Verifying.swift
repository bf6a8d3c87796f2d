import Errors
import ModelRegistry
import Ratings

extension ModelCatalogue {
  /// Holds that ids ascend and are of valid text, and that the known ratings lie within their tables
  /// and in order. Throws ``ModelFileErrorCode/badContents`` naming the first tensor and row that do
  /// not. O(catalogue).
  func verifyContents(place: String) throws(ModelFileError) {
    try verify(users, .users, place)
    try verify(items, .items, place)
    try verify(titles, bytes: "title_bytes", ends: "title_ends", place)
    try verifyRatedItems(place)
  }

  private func verify<Entity>(
    _ table: IdentifierTable<Entity>, _ names: IdentifierTensorNames, _ place: String
  ) throws(ModelFileError) {
    switch table.storage {
    case .integers(let integers):
      try integers.withElements { (ids) throws(ModelFileError) in
        for row in ids.indices.dropFirst() where ids[row - 1] >= ids[row] {
          throw .badContents(
            "row \(row) of \(names.integers) is not above the one before", place: place)
        }
      }
    case .texts(let texts):
      try verify(texts, bytes: names.bytes, ends: names.ends, place)
      try texts.bytes.withElements { (bytes) throws(ModelFileError) in
        for row in 0..<texts.count {
          let range = texts.range(at: row)
          guard (1...identifierByteLimit).contains(range.count) else {
            throw .badContents(
              "row \(row) of \(names.ends) is an id of \(range.count) bytes", place: place)
          }
          guard row > 0 else { continue }
          guard texts.compare(at: row - 1, with: UnsafeBufferPointer(rebasing: bytes[range])) < 0
          else {
            throw .badContents(
              "row \(row) of \(names.bytes) is not above the one before", place: place)
          }
        }
      }
    }
  }

  private func verify(
    _ texts: StoredTexts, bytes bytesName: String, ends endsName: String, _ place: String
  ) throws(ModelFileError) {
    let byteCount = UInt64(texts.bytes.count)
    try texts.ends.withElements { (ends) throws(ModelFileError) in
      var last: UInt64 = 0
      for row in ends.indices {
        guard ends[row] >= last, ends[row] <= byteCount else {
          throw .badContents(
            "row \(row) of \(endsName) is \(ends[row]), behind \(last) of \(byteCount)",
            place: place)
        }
        last = ends[row]
      }
      guard last == byteCount else {
        throw .badContents(
          "\(byteCount - last) bytes of \(bytesName) belong to no row", place: place)
      }
    }
    try texts.bytes.withElements { (bytes) throws(ModelFileError) in
      for row in 0..<texts.count {
        let text = UnsafeBufferPointer(rebasing: bytes[texts.range(at: row)])
        guard String(validating: text, as: UTF8.self) != nil else {
          throw .badContents("row \(row) of \(bytesName) is not UTF-8", place: place)
        }
      }
    }
  }

  private func verifyRatedItems(_ place: String) throws(ModelFileError) {
    let known = UInt64(ratedItems.count)
    guard ratedOffsets[0] == 0, ratedOffsets[userCount] == known else {
      throw .badContents(
        "rated_offsets do not lead from 0 to the \(known) rows of rated_items", place: place)
    }
    try ratedItems.withElements { (rows) throws(ModelFileError) in
      for user in 0..<userCount {
        let (start, end) = (ratedOffsets[user], ratedOffsets[user + 1])
        guard start <= end, end <= known else {
          throw .badContents(
            "row \(user + 1) of rated_offsets is \(end), behind \(start) of \(known)", place: place)
        }
        var next: UInt32 = 0  // the lowest row that may follow
        for position in Int(start)..<Int(end) {
          guard rows[position] >= next, rows[position] < UInt32(itemCount) else {
            throw .badContents(
              "row \(position) of rated_items is \(rows[position]), out of order or not an item",
              place: place)
          }
          next = rows[position] + 1
        }
      }
    }
  }
}

extension ExplainedError<ModelFileErrorCode> {
  /// Contents of a model file that make no sense.
  static func badContents(_ problem: String, place: String) -> ModelFileError {
    ModelFileError(
      .badContents, problem, place: place,
      remedy: "Use a whole copy of it, or train again.")
  }
}

extension ModelColumn<Float> {
  /// Throws with the first row that holds infinity or NaN.
  func verifyFinite(_ name: String, rowLength: Int = 1, place: String) throws(ModelFileError) {
    let flaw = withElements { $0.firstIndex { !$0.isFinite } }
    if let flaw {
      throw .badContents(
        "row \(flaw / max(rowLength, 1)) of \(name) holds \(self[flaw])", place: place)
    }
  }
}
