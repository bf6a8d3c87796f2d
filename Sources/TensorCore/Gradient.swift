/// The gradient of a loss with respect to a tensor.
package enum Gradient: Sendable {
  /// One value per element, in the tensor's shape.
  case dense(Tensor)
  /// A gradient that is zero except in some rows (slices along the first dimension).
  case rows(RowGradient)

  /// The gradient as a tensor of the full shape. Complexity: O(rows x row length) for ``rows(_:)``, otherwise O(1).
  package var tensor: Tensor {
    switch self {
    case .dense(let tensor): tensor
    case .rows(let rows): rows.tensor
    }
  }

  /// Adds `other`, of the same shape. Throws `outOfMemory`.
  package mutating func add(_ other: Gradient) throws(TensorError) {
    if case .rows(let left) = self, case .rows(let right) = other {
      self = .rows(left.appending(right))
      return
    }
    var sum = tensor
    // Drops the other reference, so that the sum is computed in place.
    self = .dense(Tensor.empty)
    switch other {
    case .dense(let tensor): try sum.add(tensor)
    case .rows(let rows): rows.add(to: &sum)
    }
    self = .dense(sum)
  }
}

/// A sparse gradient of a table of which only some rows were used: the row and gradient of each use. A row used several
/// times has the sum of its gradients.
package struct RowGradient: Sendable {
  /// The rows used, in order of use.
  package let rows: [UInt32]
  /// The gradient of each use: `[rows.count, row length...]`.
  package let values: Tensor
  /// The shape of the whole table.
  package let tableShape: Shape

  /// Creates a gradient. Traps unless there is one slice of `values` per row.
  package init(rows: [UInt32], values: Tensor, tableShape: Shape) {
    precondition(
      values.shape.rank > 0 && values.shape[0] == rows.count,
      "\(rows.count) rows with values of shape \(values.shape)")
    self.rows = rows
    self.values = values
    self.tableShape = tableShape
  }

  /// The gradient of the whole table, each row summed over its uses in order.
  package var tensor: Tensor {
    var sum = Tensor.zeros(tableShape)
    add(to: &sum)
    return sum
  }

  /// Adds the gradient of each use to its row of `table`. Complexity: O(uses x row length).
  package func add(to table: inout Tensor) {
    let length = rows.isEmpty ? 0 : values.elementCount / rows.count
    table.withMutableElements { table in
      values.withElements { values in
        for (use, row) in rows.enumerated() {
          let to = Int(row) * length
          for column in 0..<length { table[to + column] += values[use * length + column] }
        }
      }
    }
  }

  /// Zeroes each used row of `table`. Complexity: O(uses x row length).
  package func clear(in table: inout Tensor) {
    let length = rows.isEmpty ? 0 : values.elementCount / rows.count
    table.withMutableElements { table in
      for row in rows {
        table[(Int(row) * length)..<((Int(row) + 1) * length)].update(repeating: 0)
      }
    }
  }

  func appending(_ other: RowGradient) -> RowGradient {
    let dimensions = [rows.count + other.rows.count] + values.shape.dimensions.dropFirst()
    let joined = Tensor(Shape(dimensions)) { joined in
      values.withElements { left in
        other.values.withElements { right in
          _ = joined[..<left.count].update(fromContentsOf: left)
          _ = joined[left.count...].update(fromContentsOf: right)
        }
      }
    }
    return RowGradient(rows: rows + other.rows, values: joined, tableShape: tableShape)
  }
}
