import ArgumentParser
import Errors

extension Latent {
  /// The error that `arguments` name a subcommand that there is not; nil when they do not.
  static func unknownSubcommand(in arguments: [String]) -> ValidationError? {
    var command: any ParsableCommand.Type = Latent.self
    // `latent help train` asks for what `latent train --help` does.
    for word in arguments.first == "help" ? arguments.dropFirst() : arguments[...] {
      let subcommands = command.configuration.subcommands
      guard !word.hasPrefix("-"), !subcommands.isEmpty else { return nil }
      guard let named = subcommands.first(where: { $0._commandName == word }) else {
        let names = subcommands.map { $0._commandName }
        var nearest = NearestText(to: word, count: 1)
        for name in names { nearest.consider(name) }
        let suggestion = nearest.matches.first.map { " Did you mean \($0)?" } ?? ""
        return ValidationError(
          "\(command._commandName) has no command '\(word)'.\(suggestion) It has "
            + names.joined(separator: ", ") + ".")
      }
      command = named
    }
    return nil
  }
}
