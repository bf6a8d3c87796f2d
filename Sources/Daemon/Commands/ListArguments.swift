import Errors
import LineProtocol
import Ratings
import Recommenders

/// The options of commands for lists of items, declared and parsed once.
enum ListArguments {
  private static let withRated = Argument.flag("WITHRATED")
  private static let exclude = Argument.list("EXCLUDE", value: "id")
  private static let only = Argument.list("ONLY", value: "id")
  private static let condition = Argument.text("WHERE", value: "condition")
  private static let diversity = Argument.text("DIVERSITY", value: "share")
  private static let damping = Argument.text("POPULARITYDAMPING", value: "share")

  /// The options of every list of items, in the order of a usage line.
  static let filters = [exclude, only, condition]
  /// The options of a user's list.
  static let all = [Argument.count, withRated] + filters + [diversity, damping]

  /// Parses the filters in `arguments`, of a command that declares ``filters``.
  static func filters(_ arguments: CommandArguments) throws(ErrorReply) -> ItemFilters {
    var filters = ItemFilters()
    filters.excluded = try arguments.texts(exclude)
    filters.only = arguments.isGiven(only) ? try arguments.texts(only) : nil
    if let text = try arguments.optionalText(condition) {
      filters.condition = try explained { () throws(RecommendingError) in try ItemCondition(text) }
    }
    return filters
  }

  /// Parses the list options in `arguments`, of a command that declares ``all``.
  static func options(_ arguments: CommandArguments) throws(ErrorReply) -> ListOptions {
    var options = ListOptions(count: arguments.number(.count))
    options.includesRated = arguments.has(withRated)
    options.filters = try filters(arguments)
    options.reranking.diversity = try share(diversity, arguments)
    options.reranking.popularityDamping = try share(damping, arguments)
    return options
  }

  /// Returns the number from 0 to 1 given for `argument`; 0 if none is given.
  private static func share(
    _ argument: Argument, _ arguments: CommandArguments
  ) throws(ErrorReply) -> Double {
    guard let text = try arguments.optionalText(argument) else { return 0 }
    guard let share = Double(decimal: text), (0...1).contains(share) else {
      throw ErrorReply(
        .badArgument, "'\(Excerpt.of(text))' is not a number from 0 to 1",
        remedy: "Usage: \(arguments.command.usage)")
    }
    return share
  }
}

extension Argument {
  /// The number of items wanted.
  static let count = Argument.number("COUNT", value: "n", range: 1...1000, default: 10)
}
