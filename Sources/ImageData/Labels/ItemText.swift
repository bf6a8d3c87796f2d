import Errors
import RatingsFiles

/// A text for each item: its label, its group, its part.
package enum ItemText: Equatable, Sendable {
  /// The cell of a column.
  case column(String)
  /// The name of the folder that contains the image, without its path.
  case parentFolder
  /// The whole path of that folder: folders of the same name in different places differ.
  case folderPath
  /// The first capture group of a regular expression matched in the path, or the whole match without a group.
  case pattern(String)

  /// Returns the texts of all items; cells are trimmed of white space.
  func values(of items: ImageItems) throws(ImageDataError) -> [String] {
    switch self {
    case .column(let name):
      let (table, column) = try items.column(name)
      return items.names.indices.map { table[$0, column][...].trimmed }
    case .parentFolder:
      return items.names.map { name in
        let parts = name.split(separator: "/")
        return parts.count > 1 ? String(parts[parts.count - 2]) : ""
      }
    case .folderPath:
      return items.names.map { name in
        name.lastIndex(of: "/").map { String(name[..<$0]) } ?? ""
      }
    case .pattern(let pattern):
      let regex: Regex<AnyRegexOutput>
      do { regex = try Regex(pattern) } catch {
        throw ImageDataError(
          .badRequest, "is not a regular expression: \(error)", place: pattern,
          remedy: "Write one such as '([a-z]+)_[0-9]+', whose group is the value.")
      }
      var values: [String] = []
      for name in items.names {
        let match = try? regex.firstMatch(in: name)
        guard let match, let text = match.output.dropFirst().first ?? match.output.first,
          let substring = text.substring
        else {
          throw ImageDataError(
            .badLabel, "does not match the pattern \(pattern)", place: name,
            remedy: "Write a pattern that every path matches, or remove the image.")
        }
        values.append(String(substring))
      }
      return values
    }
  }

  /// Returns the texts as groups of images. Throws if a cell or match is empty: images without a known group do not
  /// form one.
  package func groups(of items: ImageItems) throws(ImageDataError) -> [String] {
    let values = try values(of: items)
    switch self {
    case .parentFolder, .folderPath: return values
    case .column, .pattern: break
    }
    guard let item = values.firstIndex(of: "") else { return values }
    let line = items.table.map { "\($0.name), line \($0.lines[item])" } ?? items.names[item]
    throw ImageDataError(
      .badLabel, "the group is missing", place: "\(line), \(words)",
      remedy:
        "Give \(items.names[item]) a group, or its own name if it belongs to none."
    )
  }

  /// The source in words.
  var words: String {
    switch self {
    case .column(let name): name
    case .parentFolder, .folderPath: "folder"
    case .pattern(let pattern): pattern
    }
  }
}
