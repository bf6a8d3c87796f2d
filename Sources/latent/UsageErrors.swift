import ArgumentParser
import Errors
import Foundation

/// Checks of the command line, for errors where the parser's message is not helpful or missing.
extension Latent {
  /// Returns the message for an unknown subcommand in `arguments`, with the usage of its parent command; nil if there
  /// is none.
  static func unknownSubcommand(in arguments: [String]) -> String? {
    var command: any ParsableCommand.Type = Latent.self
    var words = [command._commandName]
    // `latent help train` is the same as `latent train --help`.
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

  /// Returns the first option in `arguments` with an empty value, as from an unset shell variable; nil if there is
  /// none.
  static func emptyOption(in arguments: [String]) -> String? {
    let read = arguments.prefix { $0 != "--" }
    for (position, argument) in read.enumerated() where argument.hasPrefix("--") {
      if argument.last == "=" { return String(argument.dropLast()) }
      if !argument.contains("="), read.dropFirst(position + 1).first == "" { return argument }
    }
    return nil
  }

  /// Returns the first option in `arguments` that is given twice but takes one value; nil if there is none.
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

  /// Returns the first option in `arguments` that their command does not have, with a message that suggests the nearest
  /// one; nil if all are known, or if there is no such command. The parser would instead report that a required option
  /// is missing, although it was only misspelt.
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

  /// Returns `problem` with the usage of the command that `arguments` name, in the parser's format.
  static func usageMessage(_ problem: String, of arguments: [String]) -> String {
    let named = NamedCommand(by: arguments)
    return usageMessage(problem, usage: usageString(for: named.command), named.words)
  }

  /// Returns the same for the command that `words` name.
  private static func usageMessage(
    _ problem: String, usage: String, _ words: [String]
  ) -> String {
    """
    error: \(problem)
    Usage: \(usage)
      See '\(words.joined(separator: " ")) --help' for more information.
    """
  }

  /// Returns a hint on how to write a value that begins with a minus sign, if `arguments` has a negative number after
  /// an option's name.
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
  /// The words of its name, such as `latent models list`.
  var words = [Latent._commandName]
  /// The arguments after its name.
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
  /// The long names of the options that take a single value.
  fileprivate static func singleValuedOptions() -> Set<String> {
    Set(declaredOptions.filter { $0.kind == .option && !$0.isRepeating }.flatMap(\.longNames))
  }

  /// The long names of this command's options, including hidden ones.
  fileprivate static func optionNames() -> [String] {
    declaredOptions.flatMap(\.longNames) + ["help"]
  }
}
