import ArgumentParser
import Errors
import Learning
import Trainers

/// `--model` and the options of all trainers, as ``TrainerRegistry`` has them: nothing of a trainer
/// stands here.
///
/// The parser finds the options of a type in its mirror, and decodes them by their labels. A mirror that
/// is made when the program runs can thus have options that no property declares.
struct TrainerArguments: ParsableArguments, CustomReflectable {
  /// The kind of trainer that was asked for.
  private(set) var kind: any Trainer.Type = TrainerRegistry.all[0]
  /// What was given of the trainers' options, by name.
  private(set) var given: [String: String] = [:]

  init() {}

  var customMirror: Mirror {
    let model = Option<TrainerChoice>(
      wrappedValue: TrainerChoice(kind), name: .customLong("model"), help: "The kind of model.")
    func section<Kind: Trainer>(_ kind: Kind.Type) -> Mirror.Child {
      ("_" + kind.name, OptionGroup<TrainerSection<Kind>>(title: kind.sectionTitle))
    }
    return Mirror(
      self, children: [("_model", model)] + TrainerRegistry.all.map { section($0) })
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: OptionKey.self)
    kind = try container.decode(Option<TrainerChoice>.self, forKey: OptionKey("model")).wrappedValue
      .kind
    func values<Kind: Trainer>(_ kind: Kind.Type) throws -> [String: String] {
      try container.decode(OptionGroup<TrainerSection<Kind>>.self, forKey: OptionKey(kind.name))
        .wrappedValue.given
    }
    for kind in TrainerRegistry.all { given.merge(try values(kind)) { $1 } }
  }

  /// The trainer that was asked for, with its options.
  func trainer() throws(TrainingError) -> any Trainer { try kind.init(reading: given) }

  func validate() throws {
    let known = Set(kind.optionDescriptions.map(\.name))
    let foreign = given.keys.filter { !known.contains($0) }.sorted()
    guard foreign.isEmpty else {
      let owners = TrainerRegistry.all.filter { other in
        foreign.allSatisfy { name in other.optionDescriptions.contains { $0.name == name } }
      }
      throw ValidationError(
        "\(foreign.map { "--" + $0 }.joined(separator: " and ")) would do nothing: a model of kind "
          + "\(kind.name) does not have \(foreign.count == 1 ? "it. Leave it" : "them. Leave them") out"
          + (owners.isEmpty
            ? "." : ", or say --model \(owners.map { $0.name }.joined(separator: " or "))."))
    }
    do throws(TrainingError) { _ = try trainer() } catch {
      throw ValidationError("--\(error.place) \(error.problem). \(error.remedy)")
    }
  }
}

/// The options that a trainer has and none before it in the registry.
private struct TrainerSection<Kind: Trainer>: ParsableArguments, CustomReflectable {
  private(set) var given: [String: String] = [:]

  init() {}

  private static var options: [TrainerRegistry.Option] {
    TrainerRegistry.options.filter { $0.trainers.first == Kind.self }
  }

  var customMirror: Mirror {
    Mirror(
      self,
      children: Self.options.map { entry -> Mirror.Child in
        let option = entry.description
        let name = NameSpecification.customLong(option.name)
        let others = entry.trainers.dropFirst().map { $0.name }
        let also = others.isEmpty ? "" : " Also of \(others.joined(separator: ", "))."
        let usual = entry.usual.map { option.valueName == nil ? "" : " (default: \($0))" } ?? ""
        let help = option.help.prefix(1).uppercased() + option.help.dropFirst() + "." + also + usual
        guard let valueName = option.valueName else {
          return (
            "_" + option.name,
            Flag<Bool>(wrappedValue: false, name: name, help: ArgumentHelp(help))
          )
        }
        return (
          "_" + option.name,
          Option<String?>(name: name, help: ArgumentHelp(help, valueName: valueName))
        )
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

/// A trainer by its name on the command line.
struct TrainerChoice: ExpressibleByArgument {
  let kind: any Trainer.Type

  init(_ kind: any Trainer.Type) { self.kind = kind }

  init?(argument: String) {
    guard let kind = TrainerRegistry.trainer(named: argument) else { return nil }
    self.kind = kind
  }

  var defaultValueDescription: String { kind.name }
  static var allValueStrings: [String] { TrainerRegistry.all.map { $0.name } }
  static var allValueDescriptions: [String: String] {
    Dictionary(uniqueKeysWithValues: TrainerRegistry.all.map { ($0.name, $0.summary) })
  }
}

/// The name of an option that is known only when the program runs.
private struct OptionKey: CodingKey {
  let stringValue: String
  var intValue: Int? { nil }

  init(_ name: String) { stringValue = name }
  init?(stringValue: String) { self.init(stringValue) }
  init?(intValue: Int) { nil }
}

extension Trainer {
  fileprivate static var sectionTitle: String { "Options of \(name)" }
}
