/// The layers of an embedding MLP, prepared for scoring.
///
/// The product of the first layer is split, W [user, item] = Wu user + Wi item, so that an item's half is computed
/// once for all users and a user's half once for all items. In inference, the batch norm of a hidden layer is
/// `x * s + t` and is folded into the next layer: W (s x + t) = (W s) x + W t.
struct MLPScorer: Sendable {
  private let userHalf: DenseLayer
  private let itemHalf: DenseLayer
  /// The hidden layers after the first.
  private let deeper: [DenseLayer]
  private let output: DenseLayer

  /// The number of items scored together: their activations stay in the L1 cache.
  private static let itemsPerPass = 32

  /// Reads the layers of `model`: O(number of their weights).
  init(of model: EmbeddingMLP) {
    let (userWidth, itemWidth) = (model.userWidth, model.itemWidth)
    let width = userWidth + itemWidth
    let first = model.layers[0].weights
    (userHalf, itemHalf) = first.withElements { weights in
      (
        DenseLayer(inputCount: userWidth, outputCount: model.hiddenSizes[0]) {
          weights[$0 * width + $1]
        },
        DenseLayer(inputCount: itemWidth, outputCount: model.hiddenSizes[0]) {
          weights[$0 * width + userWidth + $1]
        }
      )
    }
    var deeper: [DenseLayer] = []
    for number in 1..<model.layers.count + 1 {
      let before = FoldedNorm(model.layers[number - 1])
      let isOutput = number == model.layers.count
      let weights = isOutput ? model.outputWeights : model.layers[number].weights
      let inputs = model.hiddenSizes[number - 1]
      let bias = model.outputBias[0]
      deeper.append(
        weights.withElements { weights in
          DenseLayer(
            inputCount: inputs, outputCount: isOutput ? 1 : model.hiddenSizes[number],
            weight: { Float(Double(weights[$0 * inputs + $1]) * before.scales[$1]) },
            bias: { output in
              let shift = (0..<inputs).reduce(0.0) {
                $0 + Double(weights[output * inputs + $1]) * before.shifts[$1]
              }
              return Float(isOutput ? shift + Double(bias) : shift)
            })
        })
    }
    output = deeper.removeLast()
    self.deeper = deeper
  }

  /// The length of a half.
  private var halfWidth: Int { itemHalf.paddedCount }

  /// Returns the halves of all rows of the item embeddings: O(items x width x outputs).
  func itemHalves(_ embeddings: UnsafeBufferPointer<Float>) -> [Float] {
    let width = itemHalf.inputCount
    let count = embeddings.count / width
    return [Float](unsafeUninitializedCapacity: count * halfWidth) { halves, initialized in
      if let from = embeddings.baseAddress, let to = halves.baseAddress {
        itemHalf.multiply(from, stride: width, count: count, to: to)
      }
      initialized = count * halfWidth
    }
  }

  /// Writes a user's scores, before any range, for the rows `items` of the item embeddings. Their halves are read
  /// from `halves` if given.
  func writeScores(
    user: UnsafeBufferPointer<Float>, items: Range<Int>, embeddings: UnsafeBufferPointer<Float>,
    halves: [Float]?, to scores: UnsafeMutableBufferPointer<Float>
  ) {
    let widest = ([halfWidth, output.paddedCount] + deeper.map(\.paddedCount)).max() ?? 0
    let size = Self.itemsPerPass * widest
    withUnsafeTemporaryAllocation(of: Float.self, capacity: halfWidth + 2 * size) { memory in
      guard let own = memory.baseAddress, let user = user.baseAddress,
        let embeddings = embeddings.baseAddress
      else { return }
      userHalf.multiply(user, stride: 0, count: 1, to: own)
      var place = 0
      while place < items.count {
        var (from, to) = (own + halfWidth, own + halfWidth + size)
        let count = min(Self.itemsPerPass, items.count - place)
        let row = items.lowerBound + place
        if let halves {
          halves.withUnsafeBufferPointer { halves in
            from.update(
              from: halves.baseAddress.unsafelyUnwrapped + row * halfWidth,
              count: count * halfWidth)
          }
        } else {
          itemHalf.multiply(
            embeddings + row * itemHalf.inputCount, stride: itemHalf.inputCount, count: count,
            to: from)
        }
        addThenReLU(own, to: from, count: count)
        var width = halfWidth
        for layer in deeper {
          layer.multiply(from, stride: width, count: count, to: to)
          relu(to, count * layer.paddedCount)
          width = layer.paddedCount
          swap(&from, &to)
        }
        output.multiply(from, stride: width, count: count, to: to)
        for item in 0..<count { scores[place + item] = to[item * output.paddedCount] }
        place += count
      }
    }
  }

  /// Computes ReLU of x + own for each of `count` rows.
  private func addThenReLU(
    _ own: UnsafeMutablePointer<Float>, to rows: UnsafeMutablePointer<Float>, count: Int
  ) {
    for row in 0..<count {
      let start = rows + row * halfWidth
      for column in 0..<halfWidth {
        let sum = start[column] + own[column]
        start[column] = sum <= 0 ? 0 : sum
      }
    }
  }

  private func relu(_ numbers: UnsafeMutablePointer<Float>, _ count: Int) {
    for position in 0..<count {
      numbers[position] = numbers[position] <= 0 ? 0 : numbers[position]
    }
  }
}

/// A batch norm in inference: `x * scale + shift` for each number.
private struct FoldedNorm {
  /// As in training; see `BatchNorm`.
  private static let epsilon = 1e-5

  let scales: [Double]
  let shifts: [Double]

  init(_ layer: EmbeddingMLP.Layer) {
    let scales = (0..<layer.scales.count).map { position in
      Double(layer.scales[position])
        / (Double(layer.runningVariances[position]) + Self.epsilon).squareRoot()
    }
    shifts = scales.indices.map {
      Double(layer.biases[$0]) - Double(layer.runningMeans[$0]) * scales[$0]
    }
    self.scales = scales
  }
}
