import Errors
package import Learning

/// A trainer's option: its name, help, parsing, bounds and record in a single declaration.
package struct Hyperparameter<Options: TrainerOptions>: Sendable {
  /// The type-erased description of the option.
  package private(set) var description: HyperparameterDescription
  /// Sets the option from its text. Returns false if the text is not a valid value within bounds.
  let read: @Sendable (String, inout Options) -> Bool
  /// Returns the value as text; nil for none.
  let text: @Sendable (Options) -> String?
  /// Returns whether the value is within its bounds.
  let isGood: @Sendable (Options) -> Bool

  /// Creates an option of any type.
  ///
  /// - Parameters:
  ///   - name: The name on the command line, without dashes.
  ///   - rule: The requirement on values, worded to follow "must be".
  ///   - choices: The allowed values, if there are a few named ones.
  ///   - recordsDefault: Whether records include the default, too.
  ///   - needsHeldOut: Whether the option is only useful with held-out ratings.
  package static func value<Value: SendableMetatype>(
    _ name: String, _ path: any WritableKeyPath<Options, Value> & Sendable,
    valueName: String? = nil, rule: String, choices: [String] = [], recordsDefault: Bool = true,
    needsHeldOut: Bool = false, read: @escaping @Sendable (String) -> Value?,
    text: @escaping @Sendable (Value) -> String?,
    isGood: @escaping @Sendable (Value) -> Bool = { _ in true }, _ help: String
  ) -> Self {
    Self(
      description: HyperparameterDescription(
        name: name, help: help, valueName: valueName ?? name, rule: rule, choices: choices,
        usual: text(Options()[keyPath: path]), recordsDefault: recordsDefault,
        needsHeldOut: needsHeldOut),
      read: { typed, options in
        guard let value = read(typed), isGood(value) else { return false }
        options[keyPath: path] = value
        return true
      },
      text: { text($0[keyPath: path]) }, isGood: { isGood($0[keyPath: path]) })
  }

  /// An integer within `bounds`.
  package static func integer(
    _ name: String, _ path: any WritableKeyPath<Options, Int> & Sendable,
    in bounds: ClosedRange<Int>, recordsDefault: Bool = true, _ help: String
  ) -> Self {
    .value(
      name, path, rule: "a whole number from \(bounds.lowerBound) to \(bounds.upperBound)",
      recordsDefault: recordsDefault, read: { Int($0) },
      text: { String($0) }, isGood: { bounds.contains($0) }, help)
  }

  /// An integer within `bounds`, or none.
  package static func optionalInteger(
    _ name: String, _ path: any WritableKeyPath<Options, Int?> & Sendable, valueName: String,
    in bounds: ClosedRange<Int>, needsHeldOut: Bool = false, _ help: String
  ) -> Self {
    .value(
      name, path, valueName: valueName,
      rule: "a whole number from \(bounds.lowerBound) to \(bounds.upperBound)",
      needsHeldOut: needsHeldOut,
      read: { Int($0).map { $0 as Int? } }, text: { $0.map { String($0) } },
      isGood: { $0.map { bounds.contains($0) } ?? true }, help)
  }

  /// A finite number.
  package static func number(
    _ name: String, _ path: any WritableKeyPath<Options, Double> & Sendable, _ bound: NumberBound,
    recordsDefault: Bool = true, _ help: String
  ) -> Self {
    .value(
      name, path, rule: bound.rawValue, recordsDefault: recordsDefault, read: { Double($0) },
      text: { String($0) },
      isGood: { $0.isFinite && (bound == .aboveZero ? $0 > 0 : $0 >= 0) }, help)
  }

  /// A finite number above 0, or `auto`, represented by nil: a value derived from the data.
  package static func automaticNumber(
    _ name: String, _ path: any WritableKeyPath<Options, Double?> & Sendable, _ help: String
  ) -> Self {
    .value(
      name, path, rule: "a number above 0, or auto",
      read: { $0 == "auto" ? .some(nil) : Double($0).map { $0 as Double? } },
      text: { $0.map { String($0) } ?? "auto" },
      isGood: { $0.map { $0.isFinite && $0 > 0 } ?? true }, help)
  }

  /// A switch that is off by default.
  package static func flag(
    _ name: String, _ path: any WritableKeyPath<Options, Bool> & Sendable,
    recordsDefault: Bool = false,
    needsHeldOut: Bool = false, _ help: String
  ) -> Self {
    var flag = Self.value(
      name, path, rule: "given or not", recordsDefault: recordsDefault, needsHeldOut: needsHeldOut,
      read: { Bool($0) }, text: { String($0) }, help)
    flag.description.valueName = nil
    return flag
  }

  /// Returns the option marked as unused in a learning rate search, which has its own schedule and end.
  package func besideRateSearch() -> Self {
    var option = self
    option.description.isOfRateSearch = false
    return option
  }

  /// Returns the option for an enclosing options type.
  package func within<Outer>(
    _ path: any WritableKeyPath<Outer, Options> & Sendable
  ) -> Hyperparameter<Outer> {
    Hyperparameter<Outer>(
      description: description, read: { read($0, &$1[keyPath: path]) },
      text: { text($0[keyPath: path]) }, isGood: { isGood($0[keyPath: path]) })
  }

  private init(
    description: HyperparameterDescription,
    read: @escaping @Sendable (String, inout Options) -> Bool,
    text: @escaping @Sendable (Options) -> String?, isGood: @escaping @Sendable (Options) -> Bool
  ) {
    self.description = description
    self.read = read
    self.text = text
    self.isGood = isGood
  }
}

/// The lower bound of a number.
package enum NumberBound: String, Sendable {
  case aboveZero = "a number above 0"
  case atLeastZero = "a number of 0 or above"
}

/// The type-erased description of a trainer's option.
package struct HyperparameterDescription: Sendable, Equatable {
  /// The name on the command line, without dashes.
  package let name: String
  /// The help text: a clause without a full stop.
  package let help: String
  /// The placeholder for the value in help; nil for a switch.
  package fileprivate(set) var valueName: String?
  /// The requirement on values, worded to follow "must be".
  package let rule: String
  /// The allowed values, if there are a few named ones.
  package let choices: [String]
  /// The default as text; nil for none.
  package let usual: String?
  /// Whether records include the default, too.
  package let recordsDefault: Bool
  /// Whether the option is only useful with held-out ratings.
  package let needsHeldOut: Bool
  /// Whether a learning rate search uses the option, too.
  package fileprivate(set) var isOfRateSearch = true
}

extension Trainer {
  /// The descriptions of the trainer's options.
  package static var optionDescriptions: [HyperparameterDescription] {
    hyperparameters.map(\.description)
  }

  /// Creates a trainer with the options in `texts`, keyed by name and validated, and defaults for the others.
  ///
  /// Throws ``TrainingError`` `badOption` for an unknown name, a value out of bounds, or incompatible options; the
  /// place is the option's name.
  package init(reading texts: [String: String]) throws(TrainingError) {
    try self.init(reading: texts, over: Options())
  }

  /// Returns the trainer with other values for the options in `texts`. Throws as ``init(reading:)`` does.
  package func with(_ texts: [String: String]) throws(TrainingError) -> Self {
    try Self(reading: texts, over: options)
  }

  private init(reading texts: [String: String], over options: Options) throws(TrainingError) {
    var options = options
    for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
      guard let parameter = Self.hyperparameters.first(where: { $0.description.name == name })
      else {
        throw TrainingError(
          .badOption, "is not an option of the model \(Self.name)", place: name,
          remedy: "Omit it, or train another model.")
      }
      guard parameter.read(text, &options) else { throw parameter.outOfBounds(text) }
    }
    try Self.check(options)
    self.init(options: options)
  }

  /// Throws ``TrainingError`` `badOption` unless every option is within its bounds and they are compatible.
  package func checkOptions() throws(TrainingError) {
    for parameter in Self.hyperparameters where !parameter.isGood(options) {
      throw parameter.outOfBounds(parameter.text(options) ?? "none")
    }
    try Self.check(options)
  }

  /// The options as text, by name: those that differ from their defaults, and those whose defaults are recorded, too.
  package var record: [String: String] {
    var record: [String: String] = [:]
    for parameter in Self.hyperparameters {
      let text = parameter.text(options)
      guard parameter.description.recordsDefault || text != parameter.description.usual else {
        continue
      }
      record[parameter.description.name] = text
    }
    return record
  }
}

extension Hyperparameter {
  fileprivate func outOfBounds(_ text: String) -> TrainingError {
    let usual = description.usual.map { "A usual value is \($0)." } ?? "Omit it."
    return TrainingError(
      .badOption, "is \(text), and must be \(description.rule)", place: description.name,
      remedy: NearestText.nearest(to: text, among: description.choices).map {
        "Did you mean \($0)?"
      }
        ?? usual)
  }
}
