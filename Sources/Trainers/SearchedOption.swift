import Foundation
package import Interactions
package import Learning

/// An option whose best value depends on the data, with its search space:
///
///     var searchedOptions: [SearchedOption] {
///       [.ratio("regularization", 0.1...10, times: ruleOfThumb), .number("dropout", 0...0.8)]
///     }
package struct SearchedOption: Sendable {
  /// The name of the option.
  package let name: String
  /// Returns the value as text at a position in the search space, from 0 to below 1, for the given training ratings.
  package let value: @Sendable (_ place: Double, _ training: InteractionTable) -> String

  /// A positive number on a logarithmic scale: `range` times the value that `usual` derives from the ratings.
  package static func ratio(
    _ name: String, _ range: ClosedRange<Double>,
    times usual: @escaping @Sendable (InteractionTable) -> Double = { _ in 1 }
  ) -> Self {
    Self(name: name) { place, training in
      typed(usual(training) * between(range, place))
    }
  }

  /// An integer on a logarithmic scale.
  package static func integer(_ name: String, _ range: ClosedRange<Int>) -> Self {
    Self(name: name) { place, _ in
      let bounds = Double(range.lowerBound)...Double(range.upperBound)
      return String(Int(between(bounds, place).rounded()))
    }
  }

  /// A number on a linear scale.
  package static func number(_ name: String, _ range: ClosedRange<Double>) -> Self {
    Self(name: name) { place, _ in
      typed(range.lowerBound + place * (range.upperBound - range.lowerBound))
    }
  }

  /// One of several values.
  package static func choice(_ name: String, _ values: [String]) -> Self {
    precondition(!values.isEmpty, "values to choose from")
    return Self(name: name) { place, _ in values[Int(place * Double(values.count))] }
  }

  /// Returns a number between the bounds of `range`, on a logarithmic scale.
  private static func between(_ range: ClosedRange<Double>, _ place: Double) -> Double {
    range.lowerBound * pow(range.upperBound / range.lowerBound, place)
  }

  /// Formats with three digits: more would exceed the precision of any search.
  private static func typed(_ value: Double) -> String { String(format: "%.3g", value) }
}

extension Trainer {
  /// The option for the number of passes over the ratings; nil if the trainer learns in a single pass.
  package static var passesOption: String? {
    guard capabilities.contains(.iterates) else { return nil }
    return optionDescriptions.first { ["epochs", "sweeps"].contains($0.name) }?.name
  }

  /// The number of passes over the ratings.
  package var passCount: Int {
    guard let name = Self.passesOption,
      let parameter = Self.hyperparameters.first(where: { $0.description.name == name }),
      let count = parameter.text(options).flatMap({ Int($0) })
    else { return 1 }
    return count
  }

  /// Returns the trainer with its number of passes multiplied by `share`, but at least one.
  package func passing(_ share: Double) throws(TrainingError) -> Self {
    guard let name = Self.passesOption else { return self }
    return try with([name: String(max(1, Int((share * Double(passCount)).rounded())))])
  }
}
