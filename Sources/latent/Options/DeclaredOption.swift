import ArgumentParser
import Foundation

/// An option or an argument of a command, as the command declares it: what configurations and messages know of options.
struct DeclaredOption: Decodable {
  enum Kind: String, Decodable {
    case positional, option, flag
  }

  private struct Name: Decodable {
    let kind: String
    let name: String
  }

  let kind: Kind
  /// Whether it may be given several times.
  let isRepeating: Bool
  let longNames: [String]
  /// What its value is called: `seconds`.
  let valueName: String?
  /// What it says of itself in the help.
  let abstract: String?
  /// The value that it has unless it is given, as it is written; nil where it has none, or a computed one.
  let defaultValue: String?
  /// The trainers whose option it is: `Options of als, bayes`; nil where it is of none.
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
  /// The options and arguments of this command, hidden ones among them, without `--help`.
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
