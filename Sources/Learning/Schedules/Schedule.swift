import Foundation

/// How learning rate and momentum move through a training. Positions run from 0 at the first batch; 1,
/// the very end, is never reached.
package protocol Schedule: Sendable {
  /// The factor by which each group's peak rate is multiplied at `position`.
  func rateFactor(at position: Double) -> Double
  /// The momentum (AdamW's beta1) at `position`.
  func momentum(at position: Double) -> Double
}

extension Schedule {
  /// Always 0.9.
  package func momentum(at position: Double) -> Double { 0.9 }
}

/// A learning-rate schedule that a training can choose by name.
///
/// A new one is a file with a ``Schedule`` and its `ScheduleKind`, and a place in ``all``.
package struct ScheduleKind: Sendable, Equatable {
  /// As in `one-cycle`.
  package let name: String
  /// How the rate moves: a clause without a full stop.
  package let help: String
  private let make: @Sendable (_ epochCount: Int) -> any Schedule

  /// A schedule that `make` makes for a number of epochs.
  init(
    _ name: String, _ help: String, make: @escaping @Sendable (_ epochCount: Int) -> any Schedule
  ) {
    self.name = name
    self.help = help
    self.make = make
  }

  /// All schedules, the usual one first.
  package static let all: [ScheduleKind] = [
    .oneCycle, .flatCosine, .cosine, .warmRestarts, .linear, .polynomial, .exponential, .constant,
  ]

  /// The schedule of that name; nil when there is none.
  package init?(named name: String) {
    guard let kind = Self.all.first(where: { $0.name == name }) else { return nil }
    self = kind
  }

  /// The schedule of a training of `epochCount` epochs.
  package func schedule(epochCount: Int) -> any Schedule { make(epochCount) }

  /// Whether the names are the same.
  package static func == (left: ScheduleKind, right: ScheduleKind) -> Bool {
    left.name == right.name
  }
}

/// The same rate and momentum throughout.
package struct ConstantSchedule: Schedule {
  package init() {}

  /// Always 1.
  package func rateFactor(at position: Double) -> Double { 1 }
}

extension ScheduleKind {
  /// See ``ConstantSchedule``.
  package static let constant = Self("constant", "the peak throughout") { _ in ConstantSchedule() }
}

/// Half a wave of the cosine from `start` at 0 to `end` at 1 (fastai's `SchedCos`).
func annealedByCosine(from start: Double, to end: Double, at share: Double) -> Double {
  start + (1 + cos(.pi * (1 - share))) * (end - start) / 2
}
