import Errors

/// The mean cross-entropy between each row's target and its softmax.
struct CrossEntropy: Operation {
  let name = "cross-entropy"
  let targets: Targets
  /// The weights of the classes; nil means 1 each.
  let weights: [Float]?
  /// The share of the target probability that is spread evenly over all classes (label smoothing).
  let smoothing: Float

  /// The targets of the rows.
  enum Targets {
    /// A class per row.
    case classes([UInt32])
    /// The probability of each class, per row.
    case probabilities(Tensor)
  }

  func forward(_ inputs: [Tensor]) throws(TensorError) -> Tensor {
    try check(inputs, count: 1)
    let shape = inputs[0].shape
    try check(shape)
    let count = shape[1]
    var target = [Float](repeating: 0, count: count)
    let sum = inputs[0].withElements { scores in
      (0..<shape[0]).reduce(0.0) { sum, row in
        let logits = LogitRow(
          UnsafeBufferPointer(rebasing: scores[row * count..<(row + 1) * count]))
        let offset = logits.greatest + logits.logarithmOfScaledSum
        fill(&target, of: row)
        // A target of 0 contributes nothing, even where its logarithm is infinite.
        return target.indices.reduce(sum) { sum, column in
          target[column] == 0
            ? sum : sum + Double(target[column] * (offset - logits.elements[column]))
        }
      }
    }
    return Tensor(Float(sum / divisor(shape[0])))
  }

  /// The gradient is (softmax T - t) over the divisor, where t are a row's weighted target probabilities and T is their
  /// sum.
  func gradients(
    for outputGradient: Tensor, inputs: [Tensor], output: Tensor, needed: [Bool]
  ) throws(TensorError) -> [Gradient?] {
    let (rows, count) = (inputs[0].shape[0], inputs[0].shape[1])
    let factor = outputGradient.number / Float(divisor(rows))
    var target = [Float](repeating: 0, count: count)
    let gradient = Tensor(inputs[0].shape) { gradient in
      inputs[0].withElements { scores in
        for row in 0..<rows {
          let range = row * count..<(row + 1) * count
          let own = UnsafeMutableBufferPointer(rebasing: gradient[range])
          LogitRow(UnsafeBufferPointer(rebasing: scores[range])).writeSoftmax(to: own)
          fill(&target, of: row)
          let total = target.reduce(0, +)
          for column in own.indices {
            own[column] = (own[column] * total - target[column]) * factor
          }
        }
      }
    }
    return [.dense(gradient)]
  }

  /// Writes the smoothed probability of each class, times its weight.
  private func fill(_ target: inout [Float], of row: Int) {
    let count = target.count
    let even = smoothing / Float(count)
    switch targets {
    case .classes(let classes):
      for column in target.indices { target[column] = even }
      target[Int(classes[row])] += 1 - smoothing
    case .probabilities(let probabilities):
      probabilities.withElements { probabilities in
        for column in target.indices {
          target[column] = (1 - smoothing) * probabilities[row * count + column] + even
        }
      }
    }
    if let weights { for column in target.indices { target[column] *= weights[column] } }
  }

  /// Returns the divisor of the sum over rows, as in PyTorch: the total weight of the target classes or, for
  /// probabilities, the number of rows.
  private func divisor(_ rows: Int) -> Double {
    guard case .classes(let classes) = targets, let weights else { return Double(rows) }
    return classes.reduce(0) { $0 + Double(weights[Int($1)]) }
  }

  private func check(_ shape: Shape) throws(TensorError) {
    switch targets {
    case .classes(let classes):
      guard shape.rank == 2, shape[0] == classes.count else {
        throw .shapes(
          shape, [classes.count], in: name, remedy: "One row of scores is needed for each class.")
      }
      if let outside = classes.first(where: { $0 >= shape[1] }) {
        throw TensorError(
          .indexOutOfRange, "class \(outside) with scores of shape \(shape)", place: name,
          remedy: "Classes are counted from 0 and must be below \(shape[1]).")
      }
    case .probabilities(let probabilities):
      guard shape.rank == 2, shape == probabilities.shape else {
        throw .shapes(
          shape, probabilities.shape, in: name,
          remedy: "One probability is needed for each score.")
      }
    }
    if let weights, weights.count != shape[1] {
      throw .shapes(
        shape, [weights.count], in: name, remedy: "One weight is needed for each column of scores.")
    }
  }
}

extension Tape {
  /// Returns the mean cross-entropy over the rows of `scores`, `[n, classes]`: `-ln softmax(row)[right class]`
  /// (PyTorch's `CrossEntropyLoss`). NaN without rows.
  ///
  /// With `smoothing` s the target is 1 - s for the right class, plus s spread evenly over all (Szegedy et al.,
  /// "Rethinking the Inception architecture", 2016, section 7). With `weights` w each term is multiplied by the weight
  /// of its class, and the sum is divided by the total weight of the right classes.
  ///
  /// Throws unless there is a row for each of `classes` and a weight per column, or if a class is not below the number
  /// of columns. Traps unless `smoothing` is within 0 ... 1.
  package func crossEntropy(
    _ scores: Variable, classes: [UInt32], weights: [Float]? = nil, smoothing: Float = 0
  ) throws(TensorError) -> Variable {
    precondition((0...1).contains(smoothing), "a smoothing of \(smoothing)")
    return try apply(
      CrossEntropy(targets: .classes(classes), weights: weights, smoothing: smoothing), to: scores)
  }

  /// Returns the mean cross-entropy for targets that are class probabilities, `[n, classes]`: the sum over rows and
  /// classes of `-w p ln softmax(row)`, divided by n (PyTorch's `CrossEntropyLoss` with class probabilities).
  ///
  /// Throws unless the shapes are equal and there is a weight per column.
  package func crossEntropy(
    _ scores: Variable, probabilities: Tensor, weights: [Float]? = nil, smoothing: Float = 0
  ) throws(TensorError) -> Variable {
    precondition((0...1).contains(smoothing), "a smoothing of \(smoothing)")
    return try apply(
      CrossEntropy(targets: .probabilities(probabilities), weights: weights, smoothing: smoothing),
      to: scores)
  }
}
