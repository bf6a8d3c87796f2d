package import TensorCore

/// One computation of a model's outputs, and what layers need to know about it.
package final class ForwardPass {
  /// Where the operations are recorded.
  package let tape: Tape
  /// Whether the pass is part of training: layers such as dropout act only then.
  package let isTraining: Bool
  /// Where layers take random numbers, one after the other. It belongs to the pass and not to the layers, so
  /// that a step that is taken again, or after a resumed training's last, takes the same.
  package var random: RandomStream
  /// Threads and precision.
  package let context: ComputeContext
  /// Weights that were made ready for prediction, which the pass uses instead of the modules' own.
  private let weights: PreparedWeights?
  /// What is told of the numbers that go through layers that were made ready.
  private let ranges: ActivationRanges?
  private var variables: [ObjectIdentifier: (parameter: Parameter, variable: Variable)] = [:]

  /// A pass whose gradients are wanted when `isTraining`, or of predictions where `isRecording` says so: with
  /// `weights` that were made ready for prediction, or the modules' own. `ranges` is told what goes through the former.
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

  /// The value of `parameter` in this pass: the same variable wherever it is used. That of a frozen
  /// one is a constant.
  package func variable(_ parameter: Parameter) -> Variable {
    if let weights { return Variable(weights[parameter]) }
    if parameter.isFrozen { return Variable(parameter.value) }
    let key = ObjectIdentifier(parameter)
    if let known = variables[key] { return known.variable }
    let variable = tape.watch(parameter.value)
    variables[key] = (parameter, variable)
    return variable
  }

  /// The value of `buffer` in this pass.
  package func value(of buffer: Buffer) -> Tensor { weights?[buffer] ?? buffer.value }

  /// The output of what `module` was made ready to compute with weights that no longer change, for an input and
  /// what is added to it; nil in training, and where it was not.
  package func prepared(
    _ module: some Module, _ input: Tensor, adding addend: consuming Tensor?, relu: Bool
  ) throws(TensorError) -> Tensor? {
    guard let folded = weights?[module] else { return nil }
    let output = try folded(input, adding: addend, relu: relu)
    try ranges?.observe(module, input: input, output: output)
    return output
  }

  /// Sets the gradient of each parameter that the pass used, or adds it to what is there already.
  /// Ends the pass: its tape is empty afterwards, and parameters may be changed in place.
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
