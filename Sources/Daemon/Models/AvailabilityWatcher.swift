import Errors
import ModelRegistry
package import Recommenders

/// Follows the file of items that may be listed, one look at a time; the caller decides when.
///
/// A change takes effect once two looks have found the same file, so that a file being written is not read. A file that
/// can't be read, or has an invalid id, changes nothing.
package struct AvailabilityWatcher: Sendable {
  /// The result of a look.
  package enum Finding: Sendable {
    case unchanged
    /// The model to serve from now on; `unknownCount` ids of the file are of items that it does not know.
    case changed(ServedModel, unknownCount: Int)
    /// The file is invalid; what is served stays.
    case failed(RecommendingError)
  }

  private let path: String
  private var file: WatchedFiles
  /// The model, and the same model as restricted by the file, if that was ever valid.
  private var model: ServedModel?
  private var restricted: ServedModel?

  /// Creates a watcher that has read nothing yet.
  package init(path: String) {
    self.path = path
    file = WatchedFiles([path])
  }

  /// Returns `model` as it is to be served; the file applies to it from now on. If the file is invalid, lists hold what
  /// those of the previous model could hold; `nil` if there was none.
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
  /// Returns the items that may be listed by the file at `path`; `nil` for a model without lists.
  fileprivate func availableItems(
    in path: String
  ) throws(RecommendingError) -> AvailableItems? {
    guard let queries = queries as? RecommenderQueries else { return nil }
    return try AvailableItems(path: path, of: queries.model)
  }

  /// Returns the same model with lists of `items` alone.
  fileprivate func restricted(to items: AvailableItems) -> ServedModel {
    guard let queries = queries as? RecommenderQueries else { return self }
    let restricted = queries.restricted(to: items)
    var facts = facts
    facts.availableItemCount = items.count
    return ServedModel(restricted, facts: facts) { restricted.prepare() }
  }

  /// Returns the model with lists of only the items that those of `other` may hold; `nil` if those are unrestricted.
  fileprivate func restricted(as other: ServedModel?) -> ServedModel? {
    guard let queries = queries as? RecommenderQueries,
      let others = other?.queries as? RecommenderQueries, let available = others.available
    else { return nil }
    return restricted(to: available.found(in: queries.model, insteadOf: others.model))
  }
}
