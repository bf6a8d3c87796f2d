import ImageData
import ImageReports
import RatingsFiles

/// A table of all images, the most suspect first, to correct labels by hand.
struct RelabelTable {
  let columns: [ResultTable.Column]
  let rows: [[ResultTable.Cell]]

  /// Creates the table for one label column, with an empty column for corrections. Has suggestions for the first
  /// `suggestedCount` images.
  init(
    _ suspects: LabelSuspects, _ examined: Examination, _ set: ImageDataSet, labelColumn: String,
    delimiter: String, suggestedCount: Int
  ) {
    // With a single class there is nothing else to suggest.
    let isOfOneClass = if case .classes = examined.truth { suspects.ranked.isEmpty } else { false }
    let images = NameColumn(of: set)
    let own = [images.name, labelColumn, "suggested", "why", "corrected"]
    let others = OtherColumns(of: set.items.table, without: own)
    columns = (own + others.names).map { .init($0) }
    let isOfLabels = if case .labels = set.targets { true } else { false }
    func cell(_ labels: [String]) -> ResultTable.Cell {
      .text(isOfLabels ? labels.joined(separator: delimiter) : labels.first ?? "")
    }
    guard !isOfOneClass else {
      rows = examined.items.enumerated().map { position, item in
        [images.cell(of: item), .text(examined.actualWords(position))]
          + [ResultTable.Cell](repeating: .missing, count: 3) + others.cells(of: item)
      }
      return
    }
    rows = suspects.ranked.enumerated().map { place, suspect in
      let isSuggested = place < suggestedCount
      let item = examined.items[suspect.image]
      return [
        images.cell(of: item), cell(suspect.labels),
        // The text that one would fill in for no label.
        isSuggested
          ? suspect.suggested.isEmpty ? .text(TextTable.none) : cell(suspect.suggested) : .missing,
        isSuggested ? .text(suspect.why) : .missing, .missing,
      ] + others.cells(of: item)
    }
  }

  /// Creates the table for several columns of numbers, two per point. Each column has the values of the label table, to
  /// be corrected in place, and another one has the predictions for the first `suggestedCount` images. Throws if the
  /// label table has no such column.
  init(
    _ suspects: LabelSuspects, _ examined: Examination, _ set: ImageDataSet,
    columns names: [String],
    suggestedCount: Int
  ) throws(ImageDataError) {
    let suggested = names.map { "suggested_" + $0 }
    let images = NameColumn(of: set)
    let own = [images.name] + names + suggested + ["why"]
    let others = OtherColumns(of: set.items.table, without: own)
    let labels = try names.map { (name) throws(ImageDataError) in try set.items.column(name) }
    columns = (own + others.names).map { .init($0) }
    rows = suspects.ranked.enumerated().map { place, suspect in
      let isSuggested = place < suggestedCount
      let item = examined.items[suspect.image]
      return [images.cell(of: item)]
        + labels.map { .text($0.table[item, $0.position]) }
        + suspect.suggested.map { isSuggested ? .text($0) : .missing }
        + [isSuggested ? .text(suspect.why) : .missing] + others.cells(of: item)
    }
  }
}

/// The column of the label table that names the images, with its cells unchanged, so that the options that found the images
/// (a suffix, say) find them in the corrected table, too.
private struct NameColumn {
  let name: String
  private let set: ImageDataSet

  /// Without a table: `image`, and the images' paths.
  init(of set: ImageDataSet) {
    name = set.items.nameColumn.flatMap { set.items.table?.header[$0] } ?? "image"
    self.set = set
  }

  func cell(of item: Int) -> ResultTable.Cell {
    guard let table = set.items.table, let column = set.items.nameColumn else {
      return .text(set.names[item])
    }
    return .text(table[item, column])
  }
}

/// The columns of a table of labels that stay as they are.
private struct OtherColumns {
  private let table: TextTable?
  private let positions: [Int]

  /// Takes the columns of `table` except `own`; none without a table.
  init(of table: TextTable?, without own: [String]) {
    self.table = table
    positions = (table?.header ?? []).indices.filter { !own.contains(table?.header[$0] ?? "") }
  }

  var names: [String] { positions.compactMap { table?.header[$0] } }

  func cells(of item: Int) -> [ResultTable.Cell] {
    positions.map { .text(table?[item, $0] ?? "") }
  }
}
