import Errors
package import TensorCore

/// The scores of a batch of ratings, `bu + bi + pu . qi` for each, as one operation: the rows are
/// looked up, multiplied and summed in one pass.
///
/// Inputs: user factors `[users, k]`, item factors `[items, k]`, user biases `[users, 1]`, item biases
/// `[items, 1]`. Output: `[ratings]`. Gradients are of the rows used, once a rating.
package struct DotBiasScore: TensorCore.Operation {
  package let name = "dot product with bias"
  /// The rows of each rating.
  private let users: [UInt32]
  private let items: [UInt32]

  /// For the ratings of `users[n]` for `items[n]`. Traps unless they are equally many.
  package init(users: [UInt32], items: [UInt32]) {
    precondition(users.count == items.count, "\(users.count) users, \(items.count) items")
    self.users = users
    self.items = items
  }

  /// The score of each rating. Throws when the shapes do not fit or a row is beyond its table.
  package func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try checkShapes(inputs)
    let factorCount = inputs[0].shape[1]
    return Tensor([users.count]) { scores in
      inputs[0].withElements { userFactors in
        inputs[1].withElements { itemFactors in
          inputs[2].withElements { userBiases in
            inputs[3].withElements { itemBiases in
              for rating in scores.indices {
                let user = Int(users[rating])
                let item = Int(items[rating])
                var sum: Float = 0
                for factor in 0..<factorCount {
                  sum +=
                    userFactors[user * factorCount + factor]
                    * itemFactors[item * factorCount + factor]
                }
                scores[rating] = sum + userBiases[user] + itemBiases[item]
              }
            }
          }
        }
      }
    }
  }

  /// By pu: the score's gradient times qi; by qi: times pu; by either bias: itself.
  package func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    let columns = try outputGradient.reshaped(to: [users.count, 1])
    func rows(_ rows: [UInt32], _ values: Tensor, of table: Int) -> Gradient? {
      needed[table]
        ? .rows(RowGradient(rows: rows, values: values, tableShape: inputs[table].shape)) : nil
    }
    return [
      rows(users, scaled(inputs[1], rows: items, by: columns), of: 0),
      rows(items, scaled(inputs[0], rows: users, by: columns), of: 1),
      rows(users, columns, of: 2), rows(items, columns, of: 3),
    ]
  }

  /// The rows of `table` that `rows` names, each times a factor.
  private func scaled(_ table: Tensor, rows: [UInt32], by factors: Tensor) -> Tensor {
    let length = table.shape[1]
    return Tensor([rows.count, length]) { output in
      table.withElements { table in
        factors.withElements { factors in
          for (position, row) in rows.enumerated() {
            for column in 0..<length {
              output[position * length + column] =
                factors[position] * table[Int(row) * length + column]
            }
          }
        }
      }
    }
  }

  private func checkShapes(_ inputs: [Tensor]) throws(TensorError) {
    precondition(inputs.count == 4, "\(name) takes 4 inputs, not \(inputs.count)")
    for (side, rows) in [users, items].enumerated() {
      let factors = inputs[side].shape
      let biases = inputs[side + 2].shape
      guard factors.rank == 2, biases == [factors[0], 1], factors[1] == inputs[0].shape[-1] else {
        throw TensorError(
          .shapeMismatch,
          "the shapes \(inputs.map(\.shape.description).joined(separator: ", ")) do not fit",
          place: name,
          remedy: "They must be [users, k], [items, k], [users, 1] and [items, 1].")
      }
      if let outside = rows.first(where: { $0 >= factors[0] }) {
        throw TensorError(
          .indexOutOfRange, "row \(outside) of a table of shape \(factors)", place: name,
          remedy: "Rows are counted from 0 and must be below \(factors[0]).")
      }
    }
  }
}
