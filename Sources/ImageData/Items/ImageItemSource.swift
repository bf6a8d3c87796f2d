import Errors
import Foundation
import Images
package import RatingsFiles

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
  /// called as such columns are.
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

/// A data set's images, in their order, without labels.
package struct ImageItems: Sendable {
  /// The folder that the paths are relative to.
  package let root: String
  /// The path of each image, or of its first band, relative to ``root``.
  package let names: [String]
  /// How many files make one image.
  package let bandCount: Int
  /// The paths of all files, `bandCount` an image; as they stand in ``names`` where that is 1.
  private let bands: [String]
  /// The table that they stand in, a row each, where there is one.
  package let table: TextTable?

  /// What messages call the whole: the table, or the folder.
  package var place: String { table?.name ?? root }

  /// Finds them. Throws when there are none, or the table is bad or names a file that is not there.
  /// With `checksFiles` false a table may name files that are not there, which ``missing`` tells.
  package init(_ source: ImageItemSource, checksFiles: Bool = true) throws(ImageDataError) {
    switch source {
    case .folder(let path):
      root = path
      names = try FolderWalk(path).files.filter { ImageFormat.named($0) != nil }
      (bandCount, bands, table) = (1, [], nil)
      guard !names.isEmpty else {
        let endings = ImageFormat.all.flatMap(\.extensions).joined(separator: ", ")
        throw ImageDataError(
          .imageCount, "there are no images in the folder", place: path,
          remedy: "Name the folder of the images; their names end in \(endings).")
      }
    case .table(let source):
      var table = try Self.read(source.file)
      if let correction = source.correction {
        table.correct(
          try Self.column(correction.column, of: table),
          by: try Self.column(correction.by, of: table))
      }
      let columns = try Self.columns(source.columns, of: table)
      root = source.folder ?? (source.file as NSString).deletingLastPathComponent
      bandCount = columns.count
      self.table = table
      func path(_ row: Int, _ column: Int) -> String {
        Self.normal(table[row, column]) + source.suffix
      }
      names = (0..<table.rowCount).map { path($0, columns[0]) }
      bands =
        columns.count == 1
        ? [] : (0..<table.rowCount).flatMap { row in columns.map { path(row, $0) } }
      guard !names.isEmpty else {
        throw ImageDataError(
          .imageCount, "the table has no rows", place: source.file,
          remedy: "Put a row for each image below the names of the columns.")
      }
      try checkRows(table, checksFiles: checksFiles)
    }
  }

  /// The paths of the files of an image: one, or one a band.
  package func paths(of item: Int) -> [String] {
    (0..<bandCount).map { absolute(bandCount == 1 ? names[item] : bands[item * bandCount + $0]) }
  }

  /// The names of those of which a file is not there.
  package var missing: [String] {
    names.indices.filter { item in paths(of: item).contains { access($0, F_OK) != 0 } }
      .map { names[$0] }
  }

  /// Where the column called `name` is. Throws when there is none, or no table.
  package func column(_ name: String) throws(ImageDataError) -> (table: TextTable, position: Int) {
    guard let table else {
      throw ImageDataError(
        .badRequest, "there is no table, and the column \(name) is asked for", place: root,
        remedy: "Name the table, or go by folders or a pattern.")
    }
    return (table, try Self.column(name, of: table))
  }

  private func absolute(_ path: String) -> String {
    path.hasPrefix("/") || root.isEmpty ? path : root + "/" + path
  }

  /// Throws for the first row that names nothing, what another has named, or a file that is not there.
  private func checkRows(_ table: TextTable, checksFiles: Bool) throws(ImageDataError) {
    var rows: [String: Int] = [:]
    for (row, name) in names.enumerated() {
      let place = "\(table.name), line \(table.lines[row])"
      guard !name.isEmpty else {
        throw ImageDataError(
          .badTable, "names no image", place: place, remedy: "Fill the cell, or take the line out.")
      }
      if let other = rows.updateValue(row, forKey: name) {
        throw ImageDataError(
          .repeatedImage, "\(name) stands in line \(table.lines[other]) already", place: place,
          remedy: "Put all its labels in one row.")
      }
      for path in paths(of: row) where checksFiles && access(path, F_OK) != 0 {
        throw ImageDataError(
          .missingImage, "\(path) is not there: \(SystemError())", place: place,
          remedy: "Fetch it, take the line out, or name the folder that the paths begin in.")
      }
    }
  }

  private static func read(_ file: String) throws(ImageDataError) -> TextTable {
    do throws(RatingsFileError) { return try TextTable(path: file) } catch {
      throw ImageDataError(
        .badTable, error.problem, place: "\(error.place)", remedy: error.remedy)
    }
  }

  /// Without `./` in front, so that two ways of writing a path are one.
  private static func normal(_ path: String) -> String {
    path.hasPrefix("./") ? String(path.dropFirst(2)) : path
  }

  private static func columns(
    _ names: [String], of table: TextTable
  ) throws(ImageDataError) -> [Int] {
    guard names.isEmpty else {
      return try names.map { (name) throws(ImageDataError) in try column(name, of: table) }
    }
    for name in usualNames {
      if let position = table.header.firstIndex(where: { $0.lowercased() == name }) {
        return [position]
      }
    }
    throw ImageDataError(
      .unknownColumn, "no column is called as those of images are", place: table.name,
      remedy: "Name it. \(columnList(table))")
  }

  private static func column(_ name: String, of table: TextTable) throws(ImageDataError) -> Int {
    guard let position = table.header.firstIndex(of: name) else {
      let near = NearestText.nearest(to: name, among: table.header)
      throw ImageDataError(
        .unknownColumn, "there is no column \(name)", place: table.name,
        remedy: near.map { "Did you mean \($0)?" } ?? columnList(table))
    }
    return position
  }

  private static func columnList(_ table: TextTable) -> String {
    let shown = table.header.prefix(20).joined(separator: ", ")
    return "Its columns: \(shown)\(table.header.count > 20 ? ", ..." : "")."
  }

  private static let usualNames = [
    "image", "image_path", "path", "file", "filename", "file_name", "fname", "img", "image_id",
    "images", "name", "id",
  ]
}
