import Errors
package import TensorCore

/// A computation as an ONNX graph: operators in order, the constant tensors they use, and the names of all values.
package struct ONNXGraph {
  /// An operator with the names of its inputs and output.
  struct Node {
    let step: ONNXOperator
    let inputs: [String]
    let output: String
  }

  /// A tensor stored in the file.
  struct Initializer {
    let name: String
    let value: ONNXOperator.Constant
  }

  /// An input or output: its name and its dimensions after the batch, whose size is arbitrary.
  struct Boundary {
    let name: String
    let lengths: [Int]
  }

  private(set) var nodes: [Node] = []
  private(set) var initializers: [Initializer] = []
  let input: Boundary
  let output: Boundary
  /// The names of values by their nodes on the tape.
  private var names: [Int: String] = [:]

  /// Creates the graph of the operations `tape` recorded between `input` and `output`, two different values of shape
  /// `[batch, ...]`. `parameters` names the other watched values.
  ///
  /// Throws ``ONNXErrorCode/unsupported`` for an operation without an ONNX equivalent.
  package init(
    of tape: Tape, from input: (name: String, variable: Variable),
    to output: (name: String, variable: Variable),
    parameters: [(name: String, variable: Variable)]
  ) throws(ONNXError) {
    guard let start = input.variable.node, let end = output.variable.node, start != end else {
      preconditionFailure("an input that is not watched, or an output that does not follow from it")
    }
    func boundary(_ value: (name: String, variable: Variable)) -> Boundary {
      Boundary(
        name: value.name, lengths: Array(value.variable.shape.dimensions.dropFirst()))
    }
    self.input = boundary(input)
    self.output = boundary(output)
    names[start] = input.name
    for (name, variable) in parameters {
      guard let node = variable.node else { continue }
      names[node] = name
      initializers.append(Initializer(name: name, value: .tensor(variable.value)))
    }
    names[end] = output.name
    for step in tape.steps() where step.output <= end { try add(step) }
  }

  private mutating func add(_ step: TapeStep) throws(ONNXError) {
    guard !step.operators.isEmpty else {
      throw ONNXError(
        .unsupported, "can't be expressed in ONNX", place: "the operation \(step.name)",
        remedy: "Please report this: all of Latent's networks should be exportable.")
    }
    let inputs = step.inputs.map { name(of: $0) }
    let output = names[step.output] ?? "value_\(step.output)"
    names[step.output] = output
    var before = inputs
    for (number, each) in step.operators.enumerated() {
      let isLast = number == step.operators.count - 1
      let own = isLast ? output : "\(output)_\(each.name.lowercased())"
      let constants = each.constants.map { add($0) }
      nodes.append(Node(step: each, inputs: before + constants, output: own))
      before = [own]
    }
  }

  /// Returns the name of a value. A value that was not watched becomes a constant.
  private mutating func name(of variable: Variable) -> String {
    guard let node = variable.node else { return add(.tensor(variable.value)) }
    guard let name = names[node] else { preconditionFailure("a watched value without a name") }
    return name
  }

  private mutating func add(_ constant: ONNXOperator.Constant) -> String {
    let name = "constant_\(initializers.count)"
    initializers.append(Initializer(name: name, value: constant))
    return name
  }
}
