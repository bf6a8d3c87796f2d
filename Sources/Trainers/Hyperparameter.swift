import Errors
package import Learning

/// An option of a trainer, declared once: how it is called, explained, read, bounded and recorded.
package struct Hyperparameter<Options: TrainerOptions>: Sendable {
  /// What is known of it without the options' type.
  package private(set) var description: HyperparameterDescription
  /// Sets it from what people type; returns false when that is no such value or out of bounds.
  let read: @Sendable (String, inout Options) -> Bool
  /// The value as people type it; nil for none.
  let text: @Sendable (Options) -> String?
  /// Whether the value is within its bounds.
  let isGood: @Sendable (Options) -> Bool

  /// An option of any type.
  ///
  /// - Parameters:
  ///   - name: As people type it, without the dashes.
  ///   - rule: What a value must be, behind "must be".
  ///   - choices: The values there are, where they are few and have names.
  ///   - recordsDefault: Whether the default stands in records too.
  ///   - needsHeldOut: Whether it is of use only with held-out ratings.
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

  /// A whole number within `bounds`.
  package static func integer(
    _ name: String, _ path: any WritableKeyPath<Options, Int> & Sendable,
    in bounds: ClosedRange<Int>, recordsDefault: Bool = true, _ help: String
  ) -> Self {
    .value(
      name, path, rule: "a whole number from \(bounds.lowerBound) to \(bounds.upperBound)",
      recordsDefault: recordsDefault, read: { Int($0) },
      text: { String($0) }, isGood: { bounds.contains($0) }, help)
  }

  /// A whole number within `bounds`, or none.
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

  /// A finite number above 0, or `auto`, which is nil: one that follows from the data.
  package static func automaticNumber(
    _ name: String, _ path: any WritableKeyPath<Options, Double?> & Sendable, _ help: String
  ) -> Self {
    .value(
      name, path, rule: "a number above 0, or auto",
      read: { $0 == "auto" ? .some(nil) : Double($0).map { $0 as Double? } },
      text: { $0.map { String($0) } ?? "auto" },
      isGood: { $0.map { $0.isFinite && $0 > 0 } ?? true }, help)
  }

  /// A switch that is off unless it is given.
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

  /// The same option, which a search for a learning rate does without: it has a schedule and an end of its
  /// own.
  package func besideRateSearch() -> Self {
    var option = self
    option.description.isOfRateSearch = false
    return option
  }

  /// The same option of options that hold these.
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

/// The bounds of a number.
package enum NumberBound: String, Sendable {
  case aboveZero = "a number above 0"
  case atLeastZero = "a number of 0 or above"
}

/// What is known of an option of a trainer.
package struct HyperparameterDescription: Sendable, Equatable {
  /// As people type it, without the dashes.
  package let name: String
  /// What it does: a clause without a full stop.
  package let help: String
  /// What stands for its value in help; nil for a switch.
  package fileprivate(set) var valueName: String?
  /// What a value must be, behind "must be".
  package let rule: String
  /// The values there are, where they are few and have names.
  package let choices: [String]
  /// The default as people type it; nil for none.
  package let usual: String?
  /// Whether the default stands in records too.
  package let recordsDefault: Bool
  /// Whether it is of use only with held-out ratings.
  package let needsHeldOut: Bool
  /// Whether a search for a learning rate goes by it too.
  package fileprivate(set) var isOfRateSearch = true
}

extension Trainer {
  /// What is known of its options.
  package static var optionDescriptions: [HyperparameterDescription] {
    hyperparameters.map(\.description)
  }

  /// A trainer with the options that `texts` gives by name, checked, and the defaults for the others.
  ///
  /// Throws ``TrainingError`` `badOption` for a name that it does not have, a value out of bounds, or
  /// options that do not go together; the place is the option's name.
  package init(reading texts: [String: String]) throws(TrainingError) {
    try self.init(reading: texts, over: Options())
  }

  /// The trainer with other values for the options that `texts` gives by name. Throws as
  /// ``init(reading:)`` does.
  package func with(_ texts: [String: String]) throws(TrainingError) -> Self {
    try Self(reading: texts, over: options)
  }

  private init(reading texts: [String: String], over options: Options) throws(TrainingError) {
    var options = options
    for (name, text) in texts.sorted(by: { $0.key < $1.key }) {
      guard let parameter = Self.hyperparameters.first(where: { $0.description.name == name })
      else {
        throw TrainingError(
          .badOption, "a model of kind \(Self.name) does not have it", place: name,
          remedy: "Leave it out, or train another kind of model.")
      }
      guard parameter.read(text, &options) else { throw parameter.outOfBounds(text) }
    }
    try Self.check(options)
    self.init(options: options)
  }

  /// Throws ``TrainingError`` `badOption` unless every option is within its bounds and they go together.
  package func checkOptions() throws(TrainingError) {
    for parameter in Self.hyperparameters where !parameter.isGood(options) {
      throw parameter.outOfBounds(parameter.text(options) ?? "none")
    }
    try Self.check(options)
  }

  /// The options by name, as people type them: those that differ from their defaults, and those whose
  /// defaults are recorded too.
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
    let usual = description.usual.map { "A usual value is \($0)." } ?? "Leave it out."
    return TrainingError(
      .badOption, "is \(text), and must be \(description.rule)", place: description.name,
      remedy: NearestText.nearest(to: text, among: description.choices).map {
        "Did you mean \($0)?"
      }
        ?? usual)
  }
}
