import Foundation

/// The course of learning rate and momentum over a training. Positions start at 0 at the first batch; 1, the very end,
/// is never reached.
package protocol Schedule: Sendable {
  /// Returns the factor applied to each group's peak rate at `position`.
  func rateFactor(at position: Double) -> Double
  /// Returns the momentum (AdamW's beta1) at `position`.
  func momentum(at position: Double) -> Double
}

extension Schedule {
  /// Always 0.9.
  package func momentum(at position: Double) -> Double { 0.9 }
}

/// A learning rate schedule that can be selected by name.
///
/// To add one, create a file with a ``Schedule`` and its `ScheduleKind`, and list it in ``all``.
package struct ScheduleKind: Sendable, Equatable {
  /// The name, such as `one-cycle`.
  package let name: String
  /// A description of the rate's course: a clause without a full stop.
  package let help: String
  private let make: @Sendable (_ epochCount: Int) -> any Schedule

  /// Creates a kind whose schedule `make` creates for a number of epochs.
  init(
    _ name: String, _ help: String, make: @escaping @Sendable (_ epochCount: Int) -> any Schedule
  ) {
    self.name = name
    self.help = help
    self.make = make
  }

  /// All schedules, the default first.
  package static let all: [ScheduleKind] = [
    .oneCycle, .flatCosine, .cosine, .warmRestarts, .linear, .polynomial, .exponential, .constant,
  ]

  /// Creates the kind with that name, or returns nil if there is none.
  package init?(named name: String) {
    guard let kind = Self.all.first(where: { $0.name == name }) else { return nil }
    self = kind
  }

  /// Returns the schedule for a training of `epochCount` epochs.
  package func schedule(epochCount: Int) -> any Schedule { make(epochCount) }

  /// Returns whether the names are equal.
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

/// Returns the value at `share` of a half cosine wave from `start` at 0 to `end` at 1 (fastai's `SchedCos`).
func annealedByCosine(from start: Double, to end: Double, at share: Double) -> Double {
  start + (1 + cos(.pi * (1 - share))) * (end - start) / 2
}
