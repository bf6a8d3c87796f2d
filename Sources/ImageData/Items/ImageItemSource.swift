/// The source of a data set's images.
package enum ImageItemSource: Equatable, Sendable {
  /// All images beneath a folder, by extension.
  case folder(String)
  /// One image per row of a table.
  case table(ImageTableSource)
}

/// A table with one image per row.
package struct ImageTableSource: Equatable, Sendable {
  /// The file: CSV, TSV or JSON, with column names.
  package var file: String
  /// The folder that the table's paths are relative to; the table's own by default.
  package var folder: String?
  /// The path columns: one, or one per band of images in several files. If empty, the column with a usual name for
  /// paths.
  package var columns: [String]
  /// The suffix appended to each path, such as `.jpg` if the table's names lack extensions.
  package var suffix: String
  /// A column whose non-empty cells replace those of another one, such as labels corrected by hand.
  package var correction: Correction?

  /// The column to correct, and the column with the corrections.
  package struct Correction: Equatable, Sendable {
    package let column: String
    package let by: String

    package init(of column: String, by: String) {
      self.column = column
      self.by = by
    }
  }

  package init(
    file: String, folder: String? = nil, columns: [String] = [], suffix: String = "",
    correction: Correction? = nil
  ) {
    self.file = file
    self.folder = folder
    self.columns = columns
    self.suffix = suffix
    self.correction = correction
  }
}
