import Interactions
import Learning
import Ratings
import Trainers

extension TrainingRequest {
  /// Returns the items without ratings to add to the models of `parts`, which are trained on `table`; nil if
  /// none were requested. Throws ``TrainingError`` `badOption` if one of the parts does not support them, and
  /// what the source throws.
  func coldItems(
    of read: ReadRatings, _ table: InteractionTable, _ storeName: String, for parts: [VersionPart],
    report: (JobEvent) -> Void
  ) throws -> ColdItems? {
    guard let coldItems else { return nil }
    for part in parts where !type(of: part.trainer).capabilities.contains(.coldItems) {
      throw TrainingError.withoutColdItems(part.kind)
    }
    let ids = table.itemIdentifiers
    let store = StoredItems(
      items: read.items, rated: Set((0..<ids.count).map { ids.identifier(at: $0) }),
      type: ids.type, name: storeName)
    let sourced = try coldItems.content(of: store)
    let cold = ColdItems(sourced.content, of: read.items.values) { store.rated.contains($0) }
    report(
      .coldItems(
        cold.items.count, source: coldItems.name, unknown: sourced.unknown.count,
        first: sourced.unknown.first))
    return cold
  }
}
