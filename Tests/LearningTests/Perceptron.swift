import Layers
import TensorCore

/// A network with two inputs, a hidden layer and one output.
final class Perceptron: Layer {
  private let hidden: Linear
  private let output: Linear

  init(seed: UInt64) {
    var random = RandomStream(seed: seed, stream: 1)
    hidden = Linear(inputCount: 2, outputCount: 16, random: &random)
    output = Linear(inputCount: 16, outputCount: 1, random: &random)
  }

  var children: [(name: String, module: any Module)] { [("hidden", hidden), ("output", output)] }

  func callAsFunction(_ input: Variable, in pass: ForwardPass) throws(TensorError) -> Variable {
    try output(pass.tape.relu(hidden(input, in: pass)), in: pass)
  }
}
