import ExplainedErrors
package import ModelFiles
import Ratings

extension FactorModel {
  /// Reads the whole file and holds that its contents make sense: ids ascending and of valid text,
  /// all numbers finite, the known ratings within their tables and in order.
  ///
  /// Throws ``ModelFileErrorCode/badContents`` naming the first tensor and row that do not.
  /// O(file size); done before a model is published, and on request.
  package func verifyContents() throws(ModelFileError) {
    guard globalMean.isFinite else { throw bad("global_mean is \(globalMean)") }
    try verifyFinite(itemFactors, "item_factors", rowLength: factorCount)
    try verifyFinite(userFactors, "user_factors", rowLength: factorCount)
    try verifyFinite(itemBiases, "item_biases")
    try verifyFinite(userBiases, "user_biases")
    try verify(users, .users)
    try verify(items, .items)
    try verify(titles, bytes: "title_bytes", ends: "title_ends")
    try verifyRatedItems()
  }

  private func verifyFinite(
    _ column: ModelColumn<Float>, _ name: String, rowLength: Int = 1
  ) throws(ModelFileError) {
    let flaw = column.withElements { $0.firstIndex { !$0.isFinite } }
    if let flaw { throw bad("row \(flaw / rowLength) of \(name) holds \(column[flaw])") }
  }

  private func verify<Entity>(
    _ table: IdentifierTable<Entity>, _ names: IdentifierTensorNames
  ) throws(ModelFileError) {
    switch table.storage {
    case .integers(let integers):
      try integers.withElements { (ids) throws(ModelFileError) in
        for row in ids.indices.dropFirst() where ids[row - 1] >= ids[row] {
          throw bad("row \(row) of \(names.integers) is not above the one before")
        }
      }
    case .texts(let texts):
      try verify(texts, bytes: names.bytes, ends: names.ends)
      try texts.bytes.withElements { (bytes) throws(ModelFileError) in
        for row in 0..<texts.count {
          let range = texts.range(at: row)
          guard (1...identifierByteLimit).contains(range.count) else {
            throw bad("row \(row) of \(names.ends) is an id of \(range.count) bytes")
          }
          guard row > 0 else { continue }
          guard texts.compare(at: row - 1, with: UnsafeBufferPointer(rebasing: bytes[range])) < 0
          else { throw bad("row \(row) of \(names.bytes) is not above the one before") }
        }
      }
    }
  }

  private func verify(
    _ texts: StoredTexts, bytes bytesName: String, ends endsName: String
  ) throws(ModelFileError) {
    let byteCount = UInt64(texts.bytes.count)
    try texts.ends.withElements { (ends) throws(ModelFileError) in
      var last: UInt64 = 0
      for row in ends.indices {
        guard ends[row] >= last, ends[row] <= byteCount else {
          throw bad("row \(row) of \(endsName) is \(ends[row]), behind \(last) of \(byteCount)")
        }
        last = ends[row]
      }
      guard last == byteCount else {
        throw bad("\(byteCount - last) bytes of \(bytesName) belong to no row")
      }
    }
    try texts.bytes.withElements { (bytes) throws(ModelFileError) in
      for row in 0..<texts.count {
        let text = UnsafeBufferPointer(rebasing: bytes[texts.range(at: row)])
        guard String(validating: text, as: UTF8.self) != nil else {
          throw bad("row \(row) of \(bytesName) is not UTF-8")
        }
      }
    }
  }

  private func verifyRatedItems() throws(ModelFileError) {
    let known = UInt64(ratedItems.count)
    guard ratedOffsets[0] == 0, ratedOffsets[userCount] == known else {
      throw bad("rated_offsets do not lead from 0 to the \(known) rows of rated_items")
    }
    try ratedItems.withElements { (rows) throws(ModelFileError) in
      for user in 0..<userCount {
        let (start, end) = (ratedOffsets[user], ratedOffsets[user + 1])
        guard start <= end, end <= known else {
          throw bad("row \(user + 1) of rated_offsets is \(end), behind \(start) of \(known)")
        }
        var next: UInt32 = 0  // the lowest row that may follow
        for position in Int(start)..<Int(end) {
          guard rows[position] >= next, rows[position] < UInt32(itemCount) else {
            throw bad(
              "row \(position) of rated_items is \(rows[position]), out of order or not an item")
          }
          next = rows[position] + 1
        }
      }
    }
  }

  private func bad(_ problem: String) -> ModelFileError {
    ModelFileError(
      .badContents, problem, place: path,
      remedy: "Don't put it in service: roll back with `latent models rollback`, or train again.")
  }
}
