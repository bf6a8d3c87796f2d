import Errors
import LineProtocol
import Ratings
import Recommenders

/// The options that commands for lists of items have: declared, and read, once.
enum ListArguments {
  private static let withRated = Argument.flag("WITHRATED")
  private static let exclude = Argument.list("EXCLUDE", value: "id")
  private static let only = Argument.list("ONLY", value: "id")
  private static let condition = Argument.text("WHERE", value: "condition")
  private static let diversity = Argument.text("DIVERSITY", value: "share")
  private static let damping = Argument.text("POPULARITYDAMPING", value: "share")

  /// Those of every list of items, in the order of a usage line.
  static let filters = [exclude, only, condition]
  /// Those of somebody's list.
  static let all = [Argument.count, withRated] + filters + [diversity, damping]

  /// What `arguments`, of a command that declares ``filters``, say of the items.
  static func filters(_ arguments: CommandArguments) throws(ErrorReply) -> ItemFilters {
    var filters = ItemFilters()
    filters.excluded = try arguments.texts(exclude)
    filters.only = arguments.isGiven(only) ? try arguments.texts(only) : nil
    if let text = try arguments.optionalText(condition) {
      filters.condition = try explained { () throws(RecommendingError) in try ItemCondition(text) }
    }
    return filters
  }

  /// What `arguments`, of a command that declares ``all``, say of the list.
  static func options(_ arguments: CommandArguments) throws(ErrorReply) -> ListOptions {
    var options = ListOptions(count: arguments.number(.count))
    options.includesRated = arguments.has(withRated)
    options.filters = try filters(arguments)
    options.reranking.diversity = try share(diversity, arguments)
    options.reranking.popularityDamping = try share(damping, arguments)
    return options
  }

  /// The number from 0 to 1 that was given for `argument`; 0 where none was.
  private static func share(
    _ argument: Argument, _ arguments: CommandArguments
  ) throws(ErrorReply) -> Double {
    guard let text = try arguments.optionalText(argument) else { return 0 }
    guard let share = Double(decimal: text), (0...1).contains(share) else {
      throw ErrorReply(
        .badArgument, "'\(Excerpt.of(text))' is no number from 0 to 1",
        remedy: "Usage: \(arguments.command.usage)")
    }
    return share
  }
}

extension Argument {
  /// How many items are wanted.
  static let count = Argument.number("COUNT", value: "n", range: 1...1000, default: 10)
}
