import ImageData
import ImageReports
import RatingsFiles

/// All images, the most suspect first, for their labels to be corrected by hand.
struct RelabelTable {
  let columns: [ResultTable.Column]
  let rows: [[ResultTable.Cell]]

  /// Of one label column, with an empty column to correct it in. Suggests something for the first `suggestedCount`.
  init(
    _ suspects: LabelSuspects, _ examined: Examination, _ set: ImageDataSet, labelColumn: String,
    delimiter: String, suggestedCount: Int
  ) {
    // Of one class alone nothing else can be suggested.
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
        // What would be filled in for no label.
        isSuggested
          ? suspect.suggested.isEmpty ? .text(TextTable.none) : cell(suspect.suggested) : .missing,
        isSuggested ? .text(suspect.why) : .missing, .missing,
      ] + others.cells(of: item)
    }
  }

  /// Of several columns of numbers, two a point: each as it stands in the table of labels, to be corrected there, and
  /// what is predicted beside it, for the first `suggestedCount`. Throws where the table has no such column.
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

/// The column that names the images, as it stands in the table of labels: by the options that were given for that, which may
/// put a suffix behind its cells, the same images are found.
private struct NameColumn {
  let name: String
  private let set: ImageDataSet

  /// `image`, and the images' paths, without a table.
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

  /// None without a table.
  init(of table: TextTable?, without own: [String]) {
    self.table = table
    positions = (table?.header ?? []).indices.filter { !own.contains(table?.header[$0] ?? "") }
  }

  var names: [String] { positions.compactMap { table?.header[$0] } }

  func cells(of item: Int) -> [ResultTable.Cell] {
    positions.map { .text(table?[item, $0] ?? "") }
  }
}
