package import TensorCore

/// The context of one forward pass through a model.
package final class ForwardPass {
  /// The tape that records the operations.
  package let tape: Tape
  /// Whether the pass is part of training. Layers such as dropout act only then.
  package let isTraining: Bool
  /// The stream from which layers draw random numbers in turn. It belongs to the pass and not to the layers, so that a
  /// step that is repeated, or the first after resuming, draws the same numbers.
  package var random: RandomStream
  /// The threads and precision to use.
  package let context: ComputeContext
  /// Weights prepared for prediction, used instead of the modules' own.
  private let weights: PreparedWeights?
  /// Collects the ranges of the values that pass through prepared layers.
  private let ranges: ActivationRanges?
  private var variables: [ObjectIdentifier: (parameter: Parameter, variable: Variable)] = [:]

  /// Creates a pass that records gradients if `isTraining`, or as `isRecording` says. It uses the prepared `weights`
  /// or, without them, the modules' own. `ranges` observes the values that pass through prepared layers.
  package init(
    isTraining: Bool, isRecording: Bool? = nil,
    random: RandomStream = RandomStream(seed: 0, stream: 0),
    context: ComputeContext = .current, weights: PreparedWeights? = nil,
    ranges: ActivationRanges? = nil
  ) {
    self.isTraining = isTraining
    self.random = random
    self.context = context
    self.weights = weights
    self.ranges = ranges
    tape = Tape(isRecording: isRecording ?? isTraining, context: context)
  }

  /// Returns the value of `parameter` in this pass, as the same variable wherever it is used. A frozen parameter is a
  /// constant.
  package func variable(_ parameter: Parameter) -> Variable {
    if let weights { return Variable(weights[parameter]) }
    if parameter.isFrozen { return Variable(parameter.value) }
    let key = ObjectIdentifier(parameter)
    if let known = variables[key] { return known.variable }
    let variable = tape.watch(parameter.value)
    variables[key] = (parameter, variable)
    return variable
  }

  /// Returns the value of `buffer` in this pass.
  package func value(of buffer: Buffer) -> Tensor { weights?[buffer] ?? buffer.value }

  /// Returns the output of the prepared form of `module` for `input`, plus `addend`. Returns nil in training or if the
  /// module was not prepared.
  package func prepared(
    _ module: some Module, _ input: Tensor, adding addend: consuming Tensor?, relu: Bool
  ) throws(TensorError) -> Tensor? {
    guard let folded = weights?[module] else { return nil }
    let output = try folded(input, adding: addend, relu: relu)
    try ranges?.observe(module, input: input, output: output)
    return output
  }

  /// Sets or, if `adding`, accumulates the gradient of each parameter used in the pass. This ends the pass: the tape is
  /// emptied, and parameters may be modified in place.
  package func computeGradients(
    of loss: Variable, adding: Bool = false
  ) throws(TensorError) {
    let gradients = try tape.gradients(of: loss)
    for (parameter, variable) in variables.values {
      guard adding, parameter.gradient != nil else {
        parameter.gradient = gradients[variable]
        continue
      }
      if let gradient = gradients[variable] { try parameter.gradient?.add(gradient) }
    }
    variables = [:]
  }
}
