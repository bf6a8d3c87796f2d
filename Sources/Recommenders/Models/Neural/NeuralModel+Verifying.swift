import Errors
package import ModelRegistry

extension NeuralModel {
  /// All numbers must be finite and variances not negative, and the catalogue in order.
  package func verifyContents() throws(ModelFileError) {
    let place = header.path
    try userEmbeddings.verifyFinite(
      NeuralTensorNames.userEmbeddings, rowLength: userWidth, place: place)
    try itemEmbeddings.verifyFinite(
      NeuralTensorNames.itemEmbeddings, rowLength: itemWidth, place: place)
    for (number, layer) in layers.enumerated() {
      let names = NeuralTensorNames(layer: number)
      try layer.weights.verifyFinite(
        names.weights, rowLength: layer.weights.count / hiddenSizes[number], place: place)
      try layer.scales.verifyFinite(names.scales, place: place)
      try layer.biases.verifyFinite(names.biases, place: place)
      try layer.runningMeans.verifyFinite(names.runningMeans, place: place)
      try layer.runningVariances.verifyFinite(names.runningVariances, place: place)
      if let row = layer.runningVariances.withElements({ $0.firstIndex { $0 < 0 } }) {
        throw .badContents(
          "row \(row) of \(names.runningVariances) is \(layer.runningVariances[row]), below 0",
          place: place)
      }
    }
    let output = NeuralTensorNames(layer: layers.count)
    try outputWeights.verifyFinite(output.weights, rowLength: outputWeights.count, place: place)
    try outputBias.verifyFinite(output.outputBias, place: place)
    try catalogue.verifyContents(place: place)
  }
}
