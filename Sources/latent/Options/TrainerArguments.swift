import ArgumentParser
import Errors
import Jobs
import Learning
import Trainers

/// The use of a trainer by a command, which decides the trainers and options that the command takes.
protocol TrainerUse {
  static var trainers: [any Trainer.Type] { get }
  static func takes(_ option: HyperparameterDescription) -> Bool
  /// The reason why other trainers are not taken, in words.
  static var lack: String { get }
  /// Whether a model that predicts ratings can be trained beside one that ranks, and models that are not named are
  /// chosen by the data.
  static var makesVersions: Bool { get }
}

/// Training of a model.
enum WholeTraining: TrainerUse {
  static var trainers: [any Trainer.Type] { TrainerRegistry.all }
  static func takes(_ option: HyperparameterDescription) -> Bool { true }
  static var lack: String { "can't be trained" }
  static var makesVersions: Bool { true }
}

/// Search for a learning rate.
enum RateSearch: TrainerUse {
  static var trainers: [any Trainer.Type] {
    TrainerRegistry.all.filter { $0 is any GradientTrainer.Type }
  }
  static func takes(_ option: HyperparameterDescription) -> Bool { option.isOfRateSearch }
  static var lack: String { "has no learning rate" }
  static var makesVersions: Bool { false }
}

/// `--model` and the options of the trainers in ``TrainerRegistry``. Nothing here is specific to a trainer. The help
/// groups options by the trainers that have them.
///
/// The parser finds a type's options in its mirror, and decodes them by their labels. A mirror built at run time can
/// thus have options that no property declares.
struct TrainerArguments<Use: TrainerUse>: ParsableArguments, CustomReflectable {
  /// The value of `--model`.
  private var choice: TrainerChoice<Use>?
  /// The value of `--predictor`.
  private var predictorName: String?
  /// The given trainer options, by name.
  private(set) var given: [String: String] = [:]

  init() {}

  /// The groups of trainers that share options, as types.
  private static var sections: [any OptionSection.Type] {
    var sections: [any OptionSection.Type] = []
    for option in TrainerRegistry.options(of: Use.trainers) where Use.takes(option.description) {
      let section = option.trainers.reduce(NoTrainer<Use>.self as any OptionSection.Type) {
        $0.joined(by: $1)
      }
      if !sections.contains(where: { $0 == section }) { sections.append(section) }
    }
    return sections
  }

  var customMirror: Mirror {
    let usual = Use.makesVersions ? "chosen by the data" : Use.trainers[0].name
    let model = Option<TrainerChoice<Use>?>(
      name: .customLong("model"), help: ArgumentHelp("The kind of model (default: \(usual))."))
    func child<Section: OptionSection>(_ section: Section.Type) -> Mirror.Child {
      ("_" + section.name, OptionGroup<Section>(title: "Options of \(section.name)"))
    }
    let predictor = Option<String?>(
      name: .customLong("predictor"),
      help: ArgumentHelp(
        "The kind of model that predicts ratings, served beside a model that only ranks; options that both "
          + "kinds have apply to both.", valueName: "model"))
    let predictors: [Mirror.Child] = Use.makesVersions ? [("_predictor", predictor)] : []
    return Mirror(
      self, children: [("_model", model)] + predictors + Self.sections.map { child($0) })
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: OptionKey.self)
    choice = try container.decode(Option<TrainerChoice<Use>?>.self, forKey: OptionKey("model"))
      .wrappedValue
    if Use.makesVersions {
      predictorName = try container.decode(Option<String?>.self, forKey: OptionKey("predictor"))
        .wrappedValue
    }
    func values<Section: OptionSection>(_ section: Section.Type) throws -> [String: String] {
      try container.decode(OptionGroup<Section>.self, forKey: OptionKey(section.name))
        .wrappedValue.given
    }
    for section in Self.sections { given.merge(try values(section)) { $1 } }
  }

  /// The trainer that was named or, if none was, the one that the options imply; nil if the data decide.
  private var kind: (any Trainer.Type)? {
    if let choice { return TrainerRegistry.trainer(named: choice.name) }
    let names = Set(given.keys)
    let chosenByData = ModelsByData.kinds.reduce(into: Set<String>()) {
      $0.formUnion($1.optionNames)
    }
    if Use.makesVersions, names.isSubset(of: chosenByData) { return nil }
    return Use.trainers.first { names.isSubset(of: $0.optionNames) }
  }

  /// The kind of model to serve beside it; nil for none.
  private var predictorKind: (any Trainer.Type)? {
    predictorName.flatMap(TrainerRegistry.trainer)
  }

  /// Whether any of these options was given.
  var isGiven: Bool { choice != nil || predictorName != nil || !given.isEmpty }

  /// The kinds of models that may be trained.
  var kinds: [any Trainer.Type] {
    if let kind { return [kind] + (predictorKind.map { [$0] } ?? []) }
    return Use.makesVersions ? ModelsByData.kinds : []
  }

  /// The union of the trainers' capabilities.
  var capabilities: TrainerCapabilities { kinds.reduce([]) { $0.union($1.capabilities) } }

  /// Returns the models with their options.
  func models() throws(TrainingError) -> ModelChoice {
    guard let kind else { return .byData(given) }
    let reason = "the first model that has \(Self.options(given.keys.sorted()))"
    return .named(
      try kind.init(readingOwnOf: given),
      predictor: try predictorKind.map { (kind) throws(TrainingError) in
        try kind.init(readingOwnOf: given)
      },
      reason: choice == nil && !given.isEmpty && Use.makesVersions ? reason : nil)
  }

  func validate() throws {
    let names = Use.trainers.map { $0.name }
    for (option, name) in [("model", choice?.name), ("predictor", predictorName)] {
      guard let name, TrainerRegistry.trainer(named: name) == nil else { continue }
      let suggestion =
        NearestText.nearest(to: name, among: names).map { " Did you mean \($0)?" } ?? ""
      throw ValidationError(
        "there is no --\(option) \(name).\(suggestion) There are: "
          + "\(names.joined(separator: ", ")).")
    }
    if let predictorKind {
      guard choice != nil, let kind, kind.capabilities.contains(.ranks),
        !predictorKind.capabilities.contains(.ranks)
      else {
        throw ValidationError(
          "--predictor names a model that predicts ratings beside one that ranks: --model "
            + "\(TrainerRegistry.names(with: .ranks)).")
      }
    }
    if let kind, !names.contains(kind.name) {
      throw ValidationError(
        "\(kind.name) \(Use.lack): give --model \(names.joined(separator: " or ")).")
    }
    try checkOptions()
    do throws(TrainingError) {
      for kind in kinds { _ = try kind.init(readingOwnOf: given) }
    } catch {
      throw ValidationError("--\(error.place) \(error.problem). \(error.remedy)")
    }
  }

  /// Returns the options as people write them.
  private static func options(_ names: [String]) -> String {
    names.map { "--" + $0 }.joined(separator: " and ")
  }

  /// Throws if options were given that none of the models to be trained has.
  private func checkOptions() throws {
    let known = kinds.reduce(into: Set<String>()) { $0.formUnion($1.optionNames) }
    let foreign = given.keys.filter { !known.contains($0) }.sorted()
    guard !foreign.isEmpty else { return }
    guard let kind else {
      throw ValidationError("no kind of model has all of \(Self.options(given.keys.sorted())).")
    }
    let owners = Use.trainers.filter { Set(foreign).isSubset(of: $0.optionNames) }
    throw ValidationError(
      "\(Self.options(foreign)) would do nothing: a model of kind "
        + "\(kind.name) does not have \(foreign.count == 1 ? "it. Leave it" : "them. Leave them") out"
        + (owners.isEmpty
          ? "." : ", or give --model \(owners.map { $0.name }.joined(separator: " or "))."))
  }
}

/// The options that exactly these trainers have in common. It is a type because the parser distinguishes groups of
/// options by type.
private protocol OptionSection: ParsableArguments {
  associatedtype Use: TrainerUse
  static var trainers: [any Trainer.Type] { get }
  /// The given options, by name.
  var given: [String: String] { get }
}

extension OptionSection {
  static var name: String { trainers.map { $0.name }.joined(separator: ", ") }

  /// Returns the section of these trainers and `kind`.
  static func joined<Kind: Trainer>(by kind: Kind.Type) -> any OptionSection.Type {
    SharedOptions<Self, Kind>.self
  }
}

/// The section of no trainers, from which the others are built.
private struct NoTrainer<Use: TrainerUse>: OptionSection {
  static var trainers: [any Trainer.Type] { [] }
  var given: [String: String] { [:] }
}

/// The section of the trainers of `Others` and `Kind`.
private struct SharedOptions<Others: OptionSection, Kind: Trainer>: OptionSection, CustomReflectable
{
  typealias Use = Others.Use
  static var trainers: [any Trainer.Type] { Others.trainers + [Kind.self] }

  private(set) var given: [String: String] = [:]

  init() {}

  private static var options: [TrainerRegistry.Option] {
    TrainerRegistry.options(of: Use.trainers).filter { option in
      option.trainers.elementsEqual(trainers) { $0 == $1 } && Use.takes(option.description)
    }
  }

  var customMirror: Mirror {
    Mirror(
      self,
      children: Self.options.map { entry -> Mirror.Child in
        let option = entry.description
        let name = NameSpecification.customLong(option.name)
        let help = option.help.prefix(1).uppercased() + option.help.dropFirst() + "."
        guard let valueName = option.valueName else {
          let flag = Flag<Bool>(wrappedValue: false, name: name, help: ArgumentHelp(help))
          return ("_" + option.name, flag)
        }
        let facts = [
          entry.usual.map { "default: \($0)" }, option.choices.isEmpty ? option.rule : nil,
        ].compactMap(\.self).joined(separator: "; ")
        let value = Option<String?>(
          name: name, help: ArgumentHelp("\(help) (\(facts))", valueName: valueName))
        return ("_" + option.name, value)
      })
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: OptionKey.self)
    for option in Self.options.map(\.description) {
      let key = OptionKey(option.name)
      if option.valueName == nil {
        let isGiven = try container.decode(Flag<Bool>.self, forKey: key).wrappedValue
        given[option.name] = isGiven ? "true" : nil
      } else {
        given[option.name] = try container.decode(Option<String?>.self, forKey: key).wrappedValue
      }
    }
  }
}

/// The name of a trainer on the command line, which is looked up after parsing.
struct TrainerChoice<Use: TrainerUse>: ExpressibleByArgument {
  let name: String

  init(_ name: String) { self.name = name }
  init(argument: String) { self.init(argument) }

  var defaultValueDescription: String { name }
  static var allValueStrings: [String] { Use.trainers.map { $0.name } }
  static var allValueDescriptions: [String: String] {
    Dictionary(uniqueKeysWithValues: Use.trainers.map { ($0.name, $0.summary) })
  }
}

/// The name of an option that is known only at run time.
private struct OptionKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(_ name: String) { stringValue = name }
  init?(stringValue: String) { self.init(stringValue) }
  init?(intValue: Int) { nil }
}
