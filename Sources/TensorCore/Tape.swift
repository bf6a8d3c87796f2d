/// Records the operations of a forward pass for reverse-mode differentiation.
///
/// A tape is used by one thread at a time and created anew for each pass. It holds inputs and outputs until the pass is
/// differentiated or the tape is released. The backward pass frees each as soon as it is no longer needed. A tape that
/// does not record, as for inference, holds nothing.
///
/// Unless stated otherwise, an operation takes `float32` of any rank, returns the input's shape, and throws
/// `elementTypeMismatch` for other element types. Errors name the operation and the mismatched shapes. A dimension that
/// the input does not have is a programming error, and traps.
package final class Tape {
  private struct Entry {
    var operation: any Operation
    let inputs: [Variable]
    let output: Tensor
  }

  private enum Node {
    /// An external value whose gradient is kept.
    case leaf
    case result(Entry)
    /// A result that the backward pass has processed.
    case passed
  }

  /// Whether operations are recorded.
  package let isRecording: Bool
  /// The context of all operations, forward and backward.
  package let context: ComputeContext
  private var nodes: [Node] = []
  /// Whether oneDNN kernels computed any of the nodes.
  private var runsKernels = false

  package init(isRecording: Bool = true, context: ComputeContext = .current) {
    self.isRecording = isRecording
    self.context = context
  }

  /// Registers a value with respect to which the loss is to be differentiated.
  package func watch(_ value: Tensor) -> Variable {
    guard isRecording else { return Variable(value) }
    nodes.append(.leaf)
    return Variable(value, node: nodes.count - 1)
  }

  /// Runs `operation` on `inputs`. Records it if any of them is watched or depends on a watched value.
  package func apply(
    _ operation: some Operation, to inputs: Variable...
  ) throws(TensorError) -> Variable {
    try apply(operation, to: inputs)
  }

  /// Runs and records an operation as ``apply(_:to:)`` does, with an array of inputs.
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

  /// Returns the recorded steps in order.
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

  /// Returns the gradients of `loss`, a scalar computed on this tape, with respect to all watched values. Empties the
  /// tape. Traps if `loss` has several elements.
  ///
  /// The gradients of a value that is used several times are added in the reverse order of use.
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

  /// Propagates gradients back from node `last`, whose own gradient is set.
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

/// A value in a computation and its position on the tape.
package struct Variable {
  package let value: Tensor
  /// The position on its tape; nil for a value that needs no gradient.
  package let node: Int?

  /// Creates a constant, which has no gradient.
  package init(_ value: Tensor) {
    self.value = value
    node = nil
  }

  fileprivate init(_ value: Tensor, node: Int) {
    self.value = value
    self.node = node
  }

  /// The shape of the value.
  package var shape: Shape { value.shape }
}

/// An operation recorded on a tape.
package struct TapeStep {
  /// The name used in error messages.
  package let name: String
  /// The equivalent ONNX operators; empty if there are none.
  package let operators: [ONNXOperator]
  package let inputs: [Variable]
  /// The ``Variable/node`` of its output.
  package let output: Int
}

/// The gradients computed by ``Tape/gradients(of:)``.
package struct Gradients {
  fileprivate let byNode: [Gradient?]

  /// The gradient of a value watched on the same tape; nil if the loss does not depend on it.
  package subscript(variable: Variable) -> Gradient? { variable.node.flatMap { byNode[$0] } }
}
