import Errors

/// The mean over rows of the cross-entropy of the right class and the softmax of a row.
struct CrossEntropy: Operation {
  let name = "cross-entropy"
  let classes: [UInt32]
  /// The part of the right class's probability that is spread evenly over all (label smoothing).
  let smoothing: Float

  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try check(inputs, count: 1)
    let shape = inputs[0].shape
    guard shape.rank == 2, shape[0] == classes.count else {
      throw .shapes(
        shape, [classes.count], in: name, remedy: "One row of scores is needed for each class.")
    }
    let count = shape[1]
    if let outside = classes.first(where: { $0 >= count }) {
      throw TensorError(
        .indexOutOfRange, "class \(outside) with scores of shape \(shape)", place: name,
        remedy: "Classes are counted from 0 and must be below \(count).")
    }
    let sum = inputs[0].withElements { scores in
      classes.indices.reduce(0.0) { sum, row in
        let logits = LogitRow(
          UnsafeBufferPointer(rebasing: scores[row * count..<(row + 1) * count]))
        let offset = logits.logarithmOfScaledSum
        let own = logits.greatest - logits.elements[Int(classes[row])] + offset
        guard smoothing > 0 else { return sum + Double(own) }
        let mean = logits.greatest - logits.elements.sum / Float(count) + offset
        return sum + Double((1 - smoothing) * own + smoothing * mean)
      }
    }
    return Tensor(Float(sum / Double(classes.count)))
  }

  /// With q the target's probabilities: (softmax - q) / n.
  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    let count = inputs[0].shape[1]
    let factor = outputGradient.number / Float(classes.count)
    let even = smoothing / Float(count)
    let gradient = Tensor(inputs[0].shape) { gradient in
      inputs[0].withElements { scores in
        for row in classes.indices {
          let range = row * count..<(row + 1) * count
          let own = UnsafeMutableBufferPointer(rebasing: gradient[range])
          LogitRow(UnsafeBufferPointer(rebasing: scores[range])).writeSoftmax(to: own)
          for column in own.indices { own[column] = (own[column] - even) * factor }
          own[Int(classes[row])] -= (1 - smoothing) * factor
        }
      }
    }
    return [.dense(gradient)]
  }
}

extension Tape {
  /// The mean over the rows of `scores`, `[n, classes]`, of `-ln softmax(row)[right class]`. With
  /// `smoothing` s the target is 1 - s for the right class, and s spread evenly over all (Szegedy et
  /// al., "Rethinking the Inception architecture", 2016, section 7). NaN without rows.
  ///
  /// Throws unless there is a row for each of `classes`, or when one is not below the number of
  /// columns. Traps unless `smoothing` is within 0 ... 1.
  package func crossEntropy(
    _ scores: Variable, classes: [UInt32], smoothing: Float = 0
  ) throws(TensorError) -> Variable {
    precondition((0...1).contains(smoothing), "a smoothing of \(smoothing)")
    return try apply(CrossEntropy(classes: classes, smoothing: smoothing), to: scores)
  }
}
