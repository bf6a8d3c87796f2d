import ArgumentParser
import Errors
import Recommenders

/// Which items may stand in a list: what every command for a list of items takes.
struct ItemFilterOptions: ParsableArguments {
  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Leave out these items.", valueName: "id"))
  var exclude: [String] = []

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("List none but these items.", valueName: "id"))
  var only: [String] = []

  @Option(
    help: ArgumentHelp(
      "List none but the items whose ids the file holds, one a line.", valueName: "file"))
  var available: String?

  @Option(
    name: .customLong("where"),
    help: ArgumentHelp(
      "List items whose attributes fit, such as 'genre=Comedy and year>=1990'.",
      valueName: "condition"))
  private var conditionText: String?

  func validate() throws {
    do throws(RecommendingError) { _ = try condition() } catch {
      throw ValidationError("--where: \(error.drawn)")
    }
  }

  private func condition() throws(RecommendingError) -> ItemCondition? {
    guard let conditionText else { return nil }
    // The system's argument may be any bytes, and this is what stands for those that are none.
    guard !conditionText.contains("\u{FFFD}") else {
      throw RecommendingError(
        .badCondition, "the condition is not valid UTF-8", place: conditionText.withoutControls,
        remedy: "Write it in UTF-8.")
    }
    return try ItemCondition(conditionText)
  }

  /// What is asked for, but for what is available.
  var filters: ItemFilters {
    var filters = ItemFilters()
    filters.excluded = exclude
    filters.only = only.isEmpty ? nil : only
    // It was read when the options were.
    filters.condition = try? condition()
    return filters
  }

  /// Says which texts the condition asks for and no item has.
  func noteUnknownValues(_ queries: RecommenderQueries) {
    guard let condition = filters.condition else { return }
    for unknown in queries.unknownValues(of: condition) {
      let suggestion = unknown.nearest.map { " Did you mean \($0)?" } ?? ""
      StandardError.note(
        "No item has the \(unknown.attribute) '\(Excerpt.of(unknown.value))'.\(suggestion)")
    }
  }

  /// `queries`, whose lists hold what is available.
  func restricted(
    _ queries: RecommenderQueries
  ) throws(RecommendingError) -> RecommenderQueries {
    guard let available else { return queries }
    return queries.restricted(to: try AvailableItems(path: available, of: queries.model))
  }

  /// Whether any items are left out.
  var isNarrowed: Bool {
    !exclude.isEmpty || !only.isEmpty || conditionText != nil || available != nil
  }
}
