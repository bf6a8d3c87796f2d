import ArgumentParser
import Errors
import Foundation

/// What is wrong with a command line, where the parser says less than would help or nothing at all.
extension Latent {
  /// What is wrong with a subcommand that `arguments` name and that there is not, with the usage of the command
  /// that has others; nil when there is none.
  static func unknownSubcommand(in arguments: [String]) -> String? {
    var command: any ParsableCommand.Type = Latent.self
    var words = [command._commandName]
    // `latent help train` asks for what `latent train --help` does.
    for word in arguments.first == "help" ? arguments.dropFirst() : arguments[...] {
      let subcommands = command.configuration.subcommands
      guard !word.hasPrefix("-"), !subcommands.isEmpty else { return nil }
      guard let named = subcommands.first(where: { $0._commandName == word }) else {
        let names = subcommands.map { $0._commandName }
        let suggestion =
          NearestText.nearest(to: word, among: names).map { " Did you mean \($0)?" } ?? ""
        return usageMessage(
          "\(command._commandName) has no command '\(word)'.\(suggestion) It has "
            + names.joined(separator: ", ") + ".",
          usage: "\(words.joined(separator: " ")) <subcommand>", words)
      }
      command = named
      words.append(word)
    }
    return nil
  }

  /// The option among `arguments` that is given an empty value, such as an unset shell variable
  /// leaves; nil when there is none.
  static func emptyOption(in arguments: [String]) -> String? {
    let read = arguments.prefix { $0 != "--" }
    for (position, argument) in read.enumerated() where argument.hasPrefix("--") {
      if argument.last == "=" { return String(argument.dropLast()) }
      if !argument.contains("="), read.dropFirst(position + 1).first == "" { return argument }
    }
    return nil
  }

  /// The option among `arguments` that is given twice and takes one value; nil when there is none.
  static func repeatedOption(in arguments: [String]) -> String? {
    guard unknownSubcommand(in: arguments) == nil else { return nil }
    let named = NamedCommand(by: arguments)
    let single = named.command.singleValuedOptions()
    var seen: Set<String> = []
    for argument in named.rest.prefix(while: { $0 != "--" }) where argument.hasPrefix("--") {
      let name = String(argument.dropFirst(2).prefix { $0 != "=" })
      if single.contains(name), !seen.insert(name).inserted { return "--\(name)" }
    }
    return nil
  }

  /// What is wrong with the first option among `arguments` that their command does not have, with the
  /// nearest that it has; nil when it has all, or there is no such command. The parser speaks first of
  /// a required option that is missing, which is the very one that was misspelt.
  static func unknownOption(in arguments: [String]) -> (name: String, problem: String)? {
    guard unknownSubcommand(in: arguments) == nil else { return nil }
    let named = NamedCommand(by: arguments)
    let known = named.command.optionNames()
    for argument in named.rest.prefix(while: { $0 != "--" }) where argument.hasPrefix("--") {
      let name = argument.dropFirst(2).prefix { $0 != "=" }
      guard !known.contains(String(name)) else { continue }
      let suggestion =
        NearestText.nearest(to: String(name), among: known).map { " Did you mean '--\($0)'?" } ?? ""
      return ("--\(name)", "Unknown option '--\(name)'.\(suggestion)")
    }
    return nil
  }

  /// `problem` with the usage of the command that `arguments` name, as the parser words its own.
  static func usageMessage(_ problem: String, of arguments: [String]) -> String {
    let named = NamedCommand(by: arguments)
    return usageMessage(problem, usage: usageString(for: named.command), named.words)
  }

  /// The same of the command that `words` name.
  private static func usageMessage(
    _ problem: String, usage: String, _ words: [String]
  ) -> String {
    """
    error: \(problem)
    Usage: \(usage)
      See '\(words.joined(separator: " ")) --help' for more information.
    """
  }

  /// How to write a value that begins with a minus sign, when one of `arguments` may be meant as such:
  /// it is a number and stands behind an option's name.
  static func minusSignHint(among arguments: [String]) -> String? {
    for (name, value) in zip(arguments, arguments.dropFirst())
    where name.hasPrefix("--") && !name.contains("=") && name.count > 2 {
      let rest = value.dropFirst()
      guard value.first == "-", let first = rest.first, first.isNumber || first == "." else {
        continue
      }
      return "hint: a value that begins with a minus sign is written with =: \(name)=\(value)"
    }
    return nil
  }
}

/// The command that a command line names.
private struct NamedCommand {
  var command: any ParsableCommand.Type = Latent.self
  /// What names it: `latent models list`.
  var words = [Latent._commandName]
  /// What stands behind its name.
  var rest: ArraySlice<String>

  init(by arguments: [String]) {
    rest = arguments[...]
    while let word = rest.first,
      let named = command.configuration.subcommands.first(where: { $0._commandName == word })
    {
      descend(to: named)
      rest = rest.dropFirst()
    }
    if let usual = command.configuration.defaultSubcommand { descend(to: usual) }
  }

  private mutating func descend(to subcommand: any ParsableCommand.Type) {
    command = subcommand
    words.append(subcommand._commandName)
  }
}

extension ParsableCommand {
  /// The long names of the options that take one value, once.
  fileprivate static func singleValuedOptions() -> Set<String> {
    Set(declaredOptions.filter { $0.kind == .option && !$0.isRepeating }.flatMap(\.longNames))
  }

  /// The long names of the options that this command has, hidden ones among them.
  fileprivate static func optionNames() -> [String] {
    declaredOptions.flatMap(\.longNames) + ["help"]
  }
}
