import Errors
import Foundation
import Images
package import RatingsFiles

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
  /// The column of ``table`` that names the images, or their first bands; nil without a table.
  package let nameColumn: Int?

  /// What messages call the whole: the table, or the folder.
  package var place: String { table?.name ?? root }

  /// How many files of the folder are left out, not being named like images, by the ending of their names.
  package let leftOut: [String: Int]

  /// Finds them. Throws when there are none, or the table is bad or names a file that is not there.
  /// With `checksFiles` false a table may name files that are not there, which ``missing`` tells.
  package init(_ source: ImageItemSource, checksFiles: Bool = true) throws(ImageDataError) {
    switch source {
    case .folder(let path): try self.init(FolderWalk(path))
    case .table(let source): try self.init(source, checksFiles: checksFiles)
    }
  }

  private init(_ source: ImageTableSource, checksFiles: Bool) throws(ImageDataError) {
    var table = try Self.read(source.file)
    if let correction = source.correction {
      table.correct(
        try Self.column(correction.column, of: table),
        by: try Self.column(correction.by, of: table))
    }
    let columns = try Self.columns(source.columns, of: table)
    root = source.folder ?? (source.file as NSString).deletingLastPathComponent
    bandCount = columns.count
    nameColumn = columns[0]
    leftOut = [:]
    self.table = table
    let paths = FolderPaths(root)
    func path(_ row: Int, _ column: Int) -> String {
      let cell = table[row, column]
      return cell.isEmpty ? "" : paths.normal(cell + source.suffix)
    }
    names = (0..<table.rowCount).map { path($0, columns[0]) }
    bands =
      columns.count == 1
      ? [] : (0..<table.rowCount).flatMap { row in columns.map { path(row, $0) } }
    guard !names.isEmpty else {
      throw ImageDataError(
        .imageCount, "the table has no rows", place: source.file, remedy: Self.remedyOfNoRows)
    }
    try checkRows(table, checksFiles: checksFiles)
  }

  /// The images among the files of a folder. Throws when there are none.
  package init(_ walk: FolderWalk) throws(ImageDataError) {
    root = walk.root
    names = walk.files.filter { ImageFormat.named($0) != nil }
    (bandCount, bands, table, nameColumn) = (1, [], nil, nil)
    guard !names.isEmpty else {
      let endings = ImageFormat.all.flatMap(\.extensions).joined(separator: ", ")
      throw ImageDataError(
        .imageCount, "there are no images in the folder", place: root,
        remedy: "Name the folder of the images; their names end in \(endings).")
    }
    leftOut = Dictionary(
      walk.files.lazy.filter { ImageFormat.named($0) == nil }
        .map { (($0 as NSString).pathExtension.lowercased(), 1) }, uniquingKeysWith: +)
  }

  /// The paths of the files of an image: one, or one a band.
  package func paths(of item: Int) -> [String] { files(of: item).map(absolute) }

  /// The same relative to ``root``.
  func files(of item: Int) -> [String] {
    bandCount == 1 ? [names[item]] : Array(bands[item * bandCount..<(item + 1) * bandCount])
  }

  /// The files that are not there, relative to ``root``, each with the image that it is of.
  package var missing: [(item: Int, file: String)] {
    names.indices.flatMap { item in
      files(of: item).filter { access(absolute($0), F_OK) != 0 }.map { (item, $0) }
    }
  }

  /// Where the column called `name` is. Throws when there is none, or no table.
  package func column(_ name: String) throws(ImageDataError) -> (table: TextTable, position: Int) {
    guard let table else {
      throw ImageDataError(
        .badRequest, "there is no table for the column \(name)", place: root,
        remedy: "Name the table, or use folders or a pattern.")
    }
    return (table, try Self.column(name, of: table))
  }

  private func absolute(_ path: String) -> String {
    path.hasPrefix("/") || root.isEmpty ? path : root + "/" + path
  }

  /// Throws for the first row that names nothing, what another has named, or a file that is not there.
  private func checkRows(_ table: TextTable, checksFiles: Bool) throws(ImageDataError) {
    var rows: [PathKey: Int] = [:]
    for (row, name) in names.enumerated() {
      let place = "\(table.name), line \(table.lines[row])"
      guard !name.isEmpty else {
        throw ImageDataError(
          .badTable, "names no image", place: place, remedy: "Fill the cell, or remove the line.")
      }
      if let other = rows.updateValue(row, forKey: PathKey(name)) {
        throw ImageDataError(
          .repeatedImage, "\(name) is already in line \(table.lines[other])", place: place,
          remedy: "Put all its labels in one row.")
      }
      for path in paths(of: row) where checksFiles && access(path, F_OK) != 0 {
        throw ImageDataError(
          .missingImage, "\(path) is missing: \(SystemError())", place: place,
          remedy: "Fetch it, remove the line, or name the folder that the paths are relative to.")
      }
    }
  }

  private static func read(_ file: String) throws(ImageDataError) -> TextTable {
    do throws(RatingsFileError) { return try TextTable(path: file) } catch {
      guard error.code != .noRecord else {
        throw ImageDataError(
          .badTable, "there is no table in it", place: "\(error.place)", remedy: remedyOfNoRows)
      }
      throw ImageDataError(
        .badTable, error.problem, place: "\(error.place)", remedy: error.remedy)
    }
  }

  private static let remedyOfNoRows = "Put one row per image below the header."

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
      .unknownColumn, "no column has a usual name for images", place: table.name,
      remedy: "Name it. \(columnList(table))")
  }

  /// Where the column called `name` is in a table. Throws `unknownColumn`, which tells the near one, when there is none.
  package static func column(_ name: String, of table: TextTable) throws(ImageDataError) -> Int {
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
