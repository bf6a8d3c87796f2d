import Errors

extension Tensor {
  /// For each index a row with a 1 at its position and 0 elsewhere: `[indices.count, classCount]`.
  /// The product of it with a table is the table's rows of those indices, which ``Tape/gather(_:from:)``
  /// finds without the work.
  ///
  /// Throws when an index is not below `classCount`.
  package static func oneHot(_ indices: [UInt32], classCount: Int) throws(TensorError) -> Tensor {
    if let outside = indices.first(where: { $0 >= classCount }) {
      throw TensorError(
        .indexOutOfRange, "index \(outside) with \(classCount) classes", place: "one-hot",
        remedy: "Indices are counted from 0 and must be below \(classCount).")
    }
    return Tensor([indices.count, classCount]) { rows in
      rows.initialize(repeating: 0)
      for (row, index) in indices.enumerated() { rows[row * classCount + Int(index)] = 1 }
    }
  }
}
