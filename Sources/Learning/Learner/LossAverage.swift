/// An exponential mean of losses without the pull of its start towards 0: the training loss shown.
package struct LossAverage: Sendable, Equatable, Codable {
  private let memory: Double
  private var sum = 0.0
  /// `memory` to the power of the number of losses: what the start still weighs.
  private var startWeight = 1.0

  /// A mean in which each loss weighs `memory` times the one after it.
  package init(memory: Double = 0.98) { self.memory = memory }

  /// Takes the next loss in.
  package mutating func add(_ loss: Float) {
    sum = memory * sum + (1 - memory) * Double(loss)
    startWeight *= memory
  }

  /// The mean so far; NaN before the first loss.
  package var value: Double { sum / (1 - startWeight) }
}
