import Foundation
package import Interactions
package import Learning

/// An option whose best value depends on the data, and where a search for it looks.
///
///     var searchedOptions: [SearchedOption] {
///       [.ratio("regularization", 0.1...10, times: ruleOfThumb), .number("dropout", 0...0.8)]
///     }
package struct SearchedOption: Sendable {
  /// The option's name.
  package let name: String
  /// The value, as people type it, at a place from 0 to below 1 of where it is looked for, for training
  /// ratings.
  package let value: @Sendable (_ place: Double, _ training: InteractionTable) -> String

  /// A number above 0, evenly by its logarithm: `range` times what follows from the ratings by `usual`.
  package static func ratio(
    _ name: String, _ range: ClosedRange<Double>,
    times usual: @escaping @Sendable (InteractionTable) -> Double = { _ in 1 }
  ) -> Self {
    Self(name: name) { place, training in
      typed(usual(training) * between(range, place))
    }
  }

  /// A whole number, evenly by its logarithm.
  package static func integer(_ name: String, _ range: ClosedRange<Int>) -> Self {
    Self(name: name) { place, _ in
      let bounds = Double(range.lowerBound)...Double(range.upperBound)
      return String(Int(between(bounds, place).rounded()))
    }
  }

  /// A number, evenly.
  package static func number(_ name: String, _ range: ClosedRange<Double>) -> Self {
    Self(name: name) { place, _ in
      typed(range.lowerBound + place * (range.upperBound - range.lowerBound))
    }
  }

  /// One of a few.
  package static func choice(_ name: String, _ values: [String]) -> Self {
    precondition(!values.isEmpty, "values to choose from")
    return Self(name: name) { place, _ in values[Int(place * Double(values.count))] }
  }

  /// A number between two, evenly by its logarithm.
  private static func between(_ range: ClosedRange<Double>, _ place: Double) -> Double {
    range.lowerBound * pow(range.upperBound / range.lowerBound, place)
  }

  /// Three digits: more would claim what no search finds out.
  private static func typed(_ value: Double) -> String { String(format: "%.3g", value) }
}

extension Trainer {
  /// The option that says how often it passes over the ratings; nil where it learns in one pass.
  package static var passesOption: String? {
    guard capabilities.contains(.iterates) else { return nil }
    return optionDescriptions.first { ["epochs", "sweeps"].contains($0.name) }?.name
  }

  /// How often it passes over the ratings.
  package var passCount: Int {
    guard let name = Self.passesOption,
      let parameter = Self.hyperparameters.first(where: { $0.description.name == name }),
      let count = parameter.text(options).flatMap({ Int($0) })
    else { return 1 }
    return count
  }

  /// The trainer that passes over the ratings for a share of that, once at least.
  package func passing(_ share: Double) throws(TrainingError) -> Self {
    guard let name = Self.passesOption else { return self }
    return try with([name: String(max(1, Int((share * Double(passCount)).rounded())))])
  }
}
