/// Where a data set's images come from.
package enum ImageItemSource: Equatable, Sendable {
  /// All images beneath a folder, by the endings of their names.
  case folder(String)
  /// A row of a table each.
  case table(ImageTableSource)
}

/// A table with an image in each row.
package struct ImageTableSource: Equatable, Sendable {
  /// The file: CSV, TSV or JSON, with names of the columns.
  package var file: String
  /// The folder that the table's paths are relative to; that of the table unless given.
  package var folder: String?
  /// The columns with paths: one, or one for each band of images in several files. Without any the one that is
  /// named like such columns.
  package var columns: [String]
  /// What is put behind each path, such as `.jpg` where a table has names without endings.
  package var suffix: String
  /// A column whose cells take, where they are filled, the place of another's: labels that were corrected by hand.
  package var correction: Correction?

  /// The column of what is corrected, and that of what stands in its place.
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
