import TensorCore

/// The order in which an epoch visits the training samples.
package enum SampleOrder: Sendable, Equatable {
  /// Another for each epoch, from the seed alone.
  case shuffled(seed: UInt64)
  /// By number, in every epoch.
  case byNumber

  /// Which random stream of the seed shuffles epoch 0; epochs count up from there. Far from the small
  /// numbers that tables start from.
  static let firstStream: UInt64 = 1 << 32

  /// The numbers 0 ..< count in the order of `epoch`, counted from 0.
  package func samples(_ count: Int, epoch: Int) -> [UInt32] {
    var samples = Array(0..<UInt32(count))
    if case .shuffled(let seed) = self {
      var random = RandomStream(seed: seed, stream: Self.firstStream + UInt64(epoch))
      random.shuffle(&samples)
    }
    return samples
  }
}

/// How many samples go into a step, and so how many steps an epoch has.
package struct BatchSizes: Sendable, Equatable {
  /// The samples of a training batch.
  package let size: Int
  /// The training batches of an epoch.
  package let trainingCount: Int

  /// Batches of `size`; what is left over at the end of an epoch is dropped, to come earlier in the
  /// order of another epoch. When there are fewer samples than that, they make one batch together:
  /// otherwise nothing would be learned.
  package init(_ size: Int, samples: Int) {
    precondition(size > 0, "batches of \(size)")
    self.size = min(size, max(samples, 1))
    trainingCount = samples / self.size
  }

  /// Which samples of an epoch's order the batch `number` takes.
  package func training(_ number: Int) -> Range<Int> { number * size..<(number + 1) * size }
}
