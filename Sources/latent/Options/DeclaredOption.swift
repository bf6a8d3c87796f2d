import ArgumentParser
import Foundation

/// An option or argument as its command declares it, for configuration files and messages.
struct DeclaredOption: Decodable {
  enum Kind: String, Decodable {
    case positional, option, flag
  }

  private struct Name: Decodable {
    let kind: String
    let name: String
  }

  let kind: Kind
  /// Whether the option may be repeated.
  let isRepeating: Bool
  let longNames: [String]
  /// The name of the value, such as `seconds`.
  let valueName: String?
  /// The help text.
  let abstract: String?
  /// The default value, as it is written; nil if there is none or it is computed.
  let defaultValue: String?
  /// The title of the group of trainers that have the option, such as `Options of als, bayes`; nil for other options.
  let section: String?

  private enum Keys: String, CodingKey {
    case kind, isRepeating, names, valueName, abstract, defaultValue, sectionTitle
  }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Keys.self)
    kind = try values.decode(Kind.self, forKey: .kind)
    isRepeating = try values.decodeIfPresent(Bool.self, forKey: .isRepeating) ?? false
    let names = try values.decodeIfPresent([Name].self, forKey: .names) ?? []
    longNames = names.filter { $0.kind == "long" }.map(\.name)
    valueName = try values.decodeIfPresent(String.self, forKey: .valueName)
    abstract = try values.decodeIfPresent(String.self, forKey: .abstract)
    defaultValue = try values.decodeIfPresent(String.self, forKey: .defaultValue)
    section = try values.decodeIfPresent(String.self, forKey: .sectionTitle)
  }
}

extension ParsableCommand {
  /// The options and arguments of this command, including hidden ones but not `--help`.
  static var declaredOptions: [DeclaredOption] {
    let help = try? JSONDecoder().decode(DumpedHelp.self, from: Data(_dumpHelp().utf8))
    return (help?.command.arguments ?? []).filter { !$0.longNames.contains("help") }
  }
}

/// The parser's own description of a command.
private struct DumpedHelp: Decodable {
  struct Command: Decodable { let arguments: [DeclaredOption]? }
  let command: Command
}
