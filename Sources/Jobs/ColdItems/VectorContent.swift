import Errors
import Ratings
import RatingsFiles
import Trainers

/// Feature vectors of items from a file, such as those that `latent images embed` computes from images.
package struct VectorContent: ItemContentSource {
  private let path: String

  /// Creates a source of the vectors in the file at `path`.
  package init(path: String) { self.path = path }

  package var name: String { path }

  package func content(of store: StoredItems) throws -> SourcedContent {
    let table: VectorTable
    do throws(RatingsFileError) {
      table = try VectorTable(path: path, widthLimit: ItemContent.widthLimit)
    } catch {
      throw JobError(.badContent, error.problem, place: "\(error.place)", remedy: error.remedy)
    }
    var content = ItemContent(width: table.width)
    var unknown: (count: Int, first: String?) = (0, nil)
    for (row, text) in table.ids.enumerated() {
      guard let id = ItemID(text, as: store.type), store.contains(id) else {
        unknown = (unknown.count + 1, unknown.first ?? text)
        continue
      }
      guard content.add(id, table.values[row * table.width..<(row + 1) * table.width]) else {
        throw JobError(
          .badContent, "the item \(Excerpt.of(text)) appears twice",
          place: "\(table.name), line \(table.lines[row])", remedy: "Give each item one vector.")
      }
    }
    guard content.items.contains(where: store.rated.contains) else {
      throw JobError(
        .badContent,
        "none of its \(table.ids.count) ids is that of a rated item"
          + (unknown.first.map { " (the first is \(Excerpt.of($0)))" } ?? ""),
        place: table.name,
        remedy: "Its first column must hold the items' ids as in \(store.name).")
    }
    return SourcedContent(content, unknown: unknown)
  }
}
