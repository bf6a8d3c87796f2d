import TensorCore

/// The order in which an epoch visits the training samples.
package enum SampleOrder: Sendable, Equatable {
  /// A different order for each epoch, determined by the seed alone.
  case shuffled(seed: UInt64)
  /// By index, the same in every epoch.
  case byNumber

  /// The random stream of the seed that shuffles epoch 0. Epochs count up from it, far from the small stream numbers
  /// that initialise tables.
  static let firstStream: UInt64 = 1 << 32

  /// Returns the indices 0 ..< count in the order of `epoch`, counted from 0.
  package func samples(_ count: Int, epoch: Int) -> [UInt32] {
    var samples = Array(0..<UInt32(count))
    if case .shuffled(let seed) = self {
      var random = RandomStream(seed: seed, stream: Self.firstStream + UInt64(epoch))
      random.shuffle(&samples)
    }
    return samples
  }
}

/// The number of samples per step and so of steps per epoch.
package struct BatchSizes: Sendable, Equatable {
  /// The number of samples in a training batch.
  package let size: Int
  /// The number of training batches in an epoch.
  package let trainingCount: Int

  /// Creates batches of `size`. An incomplete batch at the end of an epoch is dropped; other epochs visit its samples
  /// earlier. If there are fewer samples than `size`, all form one batch, as nothing would be learned otherwise.
  package init(_ size: Int, samples: Int) {
    precondition(size > 0, "batches of \(size)")
    self.size = min(size, max(samples, 1))
    trainingCount = samples / self.size
  }

  /// Returns the range of the epoch's order that forms batch `number`.
  package func training(_ number: Int) -> Range<Int> { number * size..<(number + 1) * size }
}
