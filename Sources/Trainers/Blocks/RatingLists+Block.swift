extension RatingLists {
  /// Reads the lists of a block from the next arrays of `fields`: the start of each of `rows` lists, followed by their
  /// total; rows of the other side; and values unless all are 1. Throws `badContents` if rows do not ascend within a
  /// list, are not below `otherCount`, or a value is not in `values`.
  init(
    _ fields: inout BlockFields, rows: Int, ratings: Int, others otherCount: Int,
    values: ClosedRange<Float>?
  ) throws(BlockError) {
    let ends = try fields.array(rows + 1, of: UInt64.self)
    let others = Array(try fields.array(ratings, of: UInt32.self))
    guard ends.first == 0, ends.last == UInt64(ratings), zip(ends, ends.dropFirst()).allSatisfy(<)
    else {
      throw fields.bad(
        "its list offsets do not match \(ratings) ratings in \(rows) non-empty rows")
    }
    let offsets = ends.map { Int($0) }
    for row in 0..<rows {
      var next = 0
      for position in offsets[row]..<offsets[row + 1] {
        let other = Int(others[position])
        guard other >= next, other < otherCount else {
          throw fields.bad(
            "row \(row) lists row \(other) of \(otherCount) where \(next) or above is expected"
          )
        }
        next = other + 1
      }
    }
    guard let bounds = values else {
      self.init(
        offsets: offsets, others: others, values: [Float](repeating: 1, count: ratings))
      return
    }
    let values = Array(try fields.array(ratings, of: Float.self))
    guard values.allSatisfy({ bounds.contains($0) }) else {
      throw fields.bad("a value is not within \(bounds.lowerBound) to \(bounds.upperBound)")
    }
    self.init(offsets: offsets, others: others, values: values)
  }
}
