import LineProtocol
import Recommenders

/// The options that every command for somebody's list of items has: declared, and read, once.
enum ListArguments {
  private static let withRated = Argument.flag("WITHRATED")
  private static let exclude = Argument.list("EXCLUDE", value: "id")
  private static let only = Argument.list("ONLY", value: "id")

  /// All of them, in the order of a usage line.
  static let all = [Argument.count, withRated, exclude, only]

  /// What `arguments`, of a command that declares ``all``, say of the list.
  static func options(_ arguments: CommandArguments) throws(ErrorReply) -> ListOptions {
    var options = ListOptions(count: arguments.number(.count))
    options.includesRated = arguments.has(withRated)
    options.excluded = try arguments.texts(exclude)
    options.only = arguments.isGiven(only) ? try arguments.texts(only) : nil
    return options
  }
}

extension Argument {
  /// How many items are wanted.
  static let count = Argument.number("COUNT", value: "n", range: 1...1000, default: 10)
}
