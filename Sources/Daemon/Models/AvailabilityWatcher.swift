import Errors
import ModelRegistry
package import Recommenders

/// Follows the file that says which items may be listed, one look at a time; the caller says when.
///
/// A change is taken up once two looks have found the same file: one that is being written is not read
/// in between. A file that can't be read, or holds what is no id, changes nothing of what may be listed.
package struct AvailabilityWatcher: Sendable {
  /// What a look found.
  package enum Finding: Sendable {
    case unchanged
    /// What is to be served from now on; `unknownCount` ids of the file are of items that it does not know.
    case changed(ServedModel, unknownCount: Int)
    /// The file is no good; what is served stays.
    case failed(RecommendingError)
  }

  private let path: String
  private var file: WatchedFiles
  /// What lists are of, with the lists as they are, where the file was ever good.
  private var model: ServedModel?
  private var restricted: ServedModel?

  /// A watcher that has read nothing yet.
  package init(path: String) {
    self.path = path
    file = WatchedFiles([path])
  }

  /// `model` as it is to be served, of which the file speaks from now on. Where the file is no good, lists
  /// hold what those of the model before could hold; nil, where there was none.
  package mutating func restrict(
    _ model: ServedModel?
  ) -> (served: ServedModel?, problem: RecommendingError?) {
    self.model = model
    do throws(RecommendingError) {
      restricted = try read(for: model)?.served
      return (restricted, nil)
    } catch {
      restricted = model?.restricted(as: restricted)
      return (restricted, error)
    }
  }

  /// Looks whether the file has changed.
  package mutating func look() -> Finding {
    guard let model, file.haveChanged() else { return .unchanged }
    do throws(RecommendingError) {
      guard let (served, items) = try read(for: model) else { return .unchanged }
      restricted = served
      return .changed(served, unknownCount: items?.unknownCount ?? 0)
    } catch {
      return .failed(error)
    }
  }

  private mutating func read(
    for model: ServedModel?
  ) throws(RecommendingError) -> (served: ServedModel, items: AvailableItems?)? {
    guard let model else { return nil }
    file = WatchedFiles([path])
    guard let items = try model.availableItems(in: path) else { return (model, nil) }
    return (model.restricted(to: items), items)
  }
}

extension ServedModel {
  /// The items that may be listed by the file at `path`; nil of a model that lists none.
  fileprivate func availableItems(
    in path: String
  ) throws(RecommendingError) -> AvailableItems? {
    guard let queries = queries as? RecommenderQueries else { return nil }
    return try AvailableItems(path: path, of: queries.model)
  }

  /// The same model, whose lists hold none but `items`.
  fileprivate func restricted(to items: AvailableItems) -> ServedModel {
    guard let queries = queries as? RecommenderQueries else { return self }
    let restricted = queries.restricted(to: items)
    var facts = facts
    facts.availableItemCount = items.count
    return ServedModel(restricted, facts: facts) { restricted.prepare() }
  }

  /// The model, whose lists hold none but the items that those of `other` may hold; nil where any may be.
  fileprivate func restricted(as other: ServedModel?) -> ServedModel? {
    guard let queries = queries as? RecommenderQueries,
      let others = other?.queries as? RecommenderQueries, let available = others.available
    else { return nil }
    return restricted(to: available.found(in: queries.model, insteadOf: others.model))
  }
}
