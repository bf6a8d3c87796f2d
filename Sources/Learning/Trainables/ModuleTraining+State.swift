import Errors
import Layers
import TensorCore

extension ModuleTraining {
  /// Parameters and buffers under their full names; for each parameter that was ever moved what the
  /// optimiser keeps of it; the steps taken, from which random state follows.
  package func state() -> SavedState {
    var state = SavedState()
    state.add(weightTensors(), under: "weights")
    state.texts["steps"] = "\(stepsTaken)"
    for (name, parameter) in module.namedParameters() {
      guard let kept = optimizer.state(of: parameter) else { continue }
      state.texts["optimizer.\(name).step"] = "\(kept.step)"
      for (number, average) in kept.averages.enumerated() {
        state.add("optimizer.\(name).\(number)", average)
      }
    }
    return state
  }

  /// Goes on from what ``state()`` gave. Throws `badState` when names or shapes differ.
  package func restore(_ state: SavedState) throws(TrainingError) {
    try restoreWeights(state.part("weights"))
    stepsTaken = try state.value("steps")
    guard stepsTaken >= 0 else { throw .badState("\(stepsTaken) steps") }
    for (name, parameter) in module.namedParameters() {
      guard state.texts["optimizer.\(name).step"] != nil else {
        optimizer.setState(nil, of: parameter)
        continue
      }
      var averages: [Tensor] = []
      for number in 0..<optimizer.averageCount {
        averages.append(
          try state.tensor("optimizer.\(name).\(number)", parameter.value.shape))
      }
      optimizer.setState(
        ParameterState(
          step: try state.value("optimizer.\(name).step"), averages: averages), of: parameter)
    }
  }

  /// Parameters and buffers under their full names.
  package func weights() throws(TrainingError) -> SavedState { weightTensors() }

  /// Takes up what ``weights()`` gave. Throws `badState` when names or shapes differ.
  package func restoreWeights(_ weights: SavedState) throws(TrainingError) {
    for (name, parameter) in module.namedParameters() {
      parameter.value = try weights.tensor(name, parameter.value.shape)
      parameter.gradient = nil
    }
    for (name, buffer) in module.namedBuffers() {
      buffer.value = try weights.tensor(name, buffer.value.shape, buffer.value.elementType)
    }
  }

  private func weightTensors() -> SavedState {
    var state = SavedState()
    for (name, parameter) in module.namedParameters() { state.add(name, parameter.value) }
    for (name, buffer) in module.namedBuffers() { state.add(name, buffer.value) }
    return state
  }
}
