/// A record of the operations of one forward pass, from which gradients are computed backwards.
///
/// Used from one thread at a time; made anew for each pass. The tape holds inputs and outputs until
/// the pass is differentiated or the tape goes, and frees each as soon as the backward pass is through
/// with it. A tape that does not record holds nothing: for inference.
///
/// Where an operation says nothing else, its result has the input's shape, it takes `float32` of any
/// rank and throws `elementTypeMismatch` for other elements. Errors name the operation and the shapes
/// that do not fit. A dimension that an input does not have is a bug, and traps.
package final class Tape {
  private struct Entry {
    var operation: any Operation
    let inputs: [Variable]
    let output: Tensor
  }

  private enum Node {
    /// A value from outside, whose gradient is kept.
    case leaf
    case result(Entry)
    /// A result that the way back has passed.
    case passed
  }

  /// Whether operations are recorded.
  package let isRecording: Bool
  /// What operations run within, forwards and backwards.
  package let context: ComputeContext
  private var nodes: [Node] = []
  /// Whether kernels of oneDNN computed any of the nodes.
  private var runsKernels = false

  package init(isRecording: Bool = true, context: ComputeContext = .current) {
    self.isRecording = isRecording
    self.context = context
  }

  /// A value that the loss is to be differentiated by.
  package func watch(_ value: Tensor) -> Variable {
    guard isRecording else { return Variable(value) }
    nodes.append(.leaf)
    return Variable(value, node: nodes.count - 1)
  }

  /// Runs `operation` on `inputs` and records it when one of them is, or came from, a watched value.
  package func apply(
    _ operation: some Operation, to inputs: Variable...
  ) throws(TensorError) -> Variable {
    try apply(operation, to: inputs)
  }

  /// ``apply(_:to:)`` with any number of inputs.
  package func apply(
    _ operation: some Operation, to inputs: [Variable]
  ) throws(TensorError) -> Variable {
    var operation = operation
    let output = try context.bind { () throws(TensorError) -> Tensor in
      var values = inputs.map(\.value)
      if !operation.takesQuantized {
        for position in values.indices {
          values[position] = try values[position].dequantized()
        }
      }
      return try operation.forward(values)
    }
    guard isRecording, inputs.contains(where: { $0.node != nil }) else { return Variable(output) }
    runsKernels = runsKernels || operation.runsKernels
    nodes.append(.result(Entry(operation: operation, inputs: inputs, output: output)))
    return Variable(output, node: nodes.count - 1)
  }

  /// The recorded steps, in the order in which they were taken.
  package func steps() -> [TapeStep] {
    nodes.enumerated().compactMap { number, node in
      guard case .result(let entry) = node else { return nil }
      return TapeStep(
        name: entry.operation.name,
        operators: entry.operation.operators(
          for: entry.inputs.map(\.value), output: entry.output),
        inputs: entry.inputs, output: number)
    }
  }

  /// The derivatives of `loss`, a single number made on this tape, by each watched value. Empties
  /// the tape. Traps when `loss` holds several numbers.
  ///
  /// Where a value is used several times its gradients add up in the reverse order of use.
  package func gradients(of loss: Variable) throws(TensorError) -> Gradients {
    precondition(loss.value.elementCount == 1, "the gradient of a shape \(loss.value.shape)")
    defer { nodes = [] }
    var gradients = [Gradient?](repeating: nil, count: nodes.count)
    guard let last = loss.node else { return Gradients(byNode: gradients) }
    gradients[last] = .dense(Tensor(loss.value.shape, repeating: Float(1)))
    if runsKernels {
      try context.run { () throws(TensorError) in try goBack(from: last, &gradients) }
    } else {
      try context.bind { () throws(TensorError) in try goBack(from: last, &gradients) }
    }
    return Gradients(byNode: gradients)
  }

  /// Adds up the gradients of all nodes up to `last`, whose own is there.
  private func goBack(from last: Int, _ gradients: inout [Gradient?]) throws(TensorError) {
    for position in stride(from: last, through: 0, by: -1) {
      guard case .result(let entry) = nodes[position] else { continue }
      nodes[position] = .passed
      guard let gradient = gradients[position] else { continue }
      gradients[position] = nil
      let parts = try entry.operation.gradients(
        for: gradient.tensor, inputs: entry.inputs.map(\.value), output: entry.output,
        needed: entry.inputs.map { $0.node != nil })
      for (input, part) in zip(entry.inputs, parts) {
        guard let node = input.node, let part else { continue }
        if gradients[node] == nil { gradients[node] = part } else { try gradients[node]?.add(part) }
      }
    }
  }
}

/// A value in a computation, and where on the tape it was made.
package struct Variable {
  package let value: Tensor
  /// The position on its tape; nil for a value that no gradient is wanted for.
  package let node: Int?

  /// A constant: no gradient is computed for it.
  package init(_ value: Tensor) {
    self.value = value
    node = nil
  }

  fileprivate init(_ value: Tensor, node: Int) {
    self.value = value
    self.node = node
  }

  /// The lengths of the value's dimensions.
  package var shape: Shape { value.shape }
}

/// An operation that a tape recorded.
package struct TapeStep {
  /// What error messages call it.
  package let name: String
  /// What it is in ONNX; empty for what ONNX is not told of.
  package let operators: [ONNXOperator]
  package let inputs: [Variable]
  /// The ``Variable/node`` of its output.
  package let output: Int
}

/// What ``Tape/gradients(of:)`` found.
package struct Gradients {
  fileprivate let byNode: [Gradient?]

  /// The gradient of a watched value of the same tape; nil when the loss does not depend on it.
  package subscript(variable: Variable) -> Gradient? { variable.node.flatMap { byNode[$0] } }
}
