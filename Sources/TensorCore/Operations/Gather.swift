import Errors

/// The rows of a table selected by a list of indices, in order.
struct RowGather: Operation {
  let name = "row gather"
  let rows: [UInt32]

  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try check(inputs, count: 1)
    let table = inputs[0]
    guard table.shape.rank >= 1 else {
      throw TensorError(
        .shapeMismatch, "a table of shape \(table.shape)", place: name,
        remedy: "The table needs at least one dimension.")
    }
    let rowCount = table.shape[0]
    if let outside = rows.first(where: { $0 >= rowCount }) {
      throw TensorError(
        .indexOutOfRange, "row \(outside) of a table of shape \(table.shape)", place: name,
        remedy: "Rows are counted from 0 and must be below \(rowCount).")
    }
    let length = rowCount == 0 ? 0 : table.elementCount / rowCount
    return Tensor(Shape([rows.count] + table.shape.dimensions.dropFirst())) { output in
      table.withElements { table in
        for (position, row) in rows.enumerated() {
          let from = Int(row) * length
          for column in 0..<length { output[position * length + column] = table[from + column] }
        }
      }
    }
  }

  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) -> [Gradient?] {
    [.rows(RowGradient(rows: rows, values: outputGradient, tableShape: inputs[0].shape))]
  }
}

extension Tape {
  /// Returns the rows (slices along the first dimension) of `table` with the indices `rows`, as `[rows.count, ...]`.
  /// The gradient is a ``Gradient/rows(_:)``, whose cost depends on the rows used and not on the table.
  ///
  /// Throws if an index is out of range.
  package func gather(_ rows: [UInt32], from table: Variable) throws(TensorError) -> Variable {
    try apply(RowGather(rows: rows), to: table)
  }
}
