package import Ratings
import Synchronization

/// Answers from a model: what a user should see next, what is popular, what is alike.
///
/// All answers are exact: the best of the whole catalogue by the model's own score
/// (``ScoredModel/score(user:item:)``), to the last bit, and among equal scores the lower row first.
/// They hold exactly as many items as were asked for unless fewer are left.
///
/// A recommender begins with a plain scan. For a factor model with a catalogue of
/// ``screenedCatalogueSize`` items and more a compressed copy of the item factors (see
/// ``ItemScreen``, a third of their size) makes look-ups many times faster; it is made by
/// ``prepare()``, by the first batch, or on its own in the background after ``plainLookupLimit``
/// look-ups. Answers are the same before and after.
package final class Recommender: Sendable {
  /// Catalogues below this size are scanned plainly.
  package static let screenedCatalogueSize = 256
  /// After so many plain look-ups the compressed copy is made in the background. A program that
  /// asks a question or two is spared the work.
  package static let plainLookupLimit = 4

  /// The model that answers come from.
  package let model: any ScoredModel
  /// The model where it is one of factors, whose catalogue can be screened.
  private let factors: FactorModel?

  private enum Screen {
    /// Not made yet; so many plain look-ups so far.
    case pending(lookups: Int)
    case ready(ItemScreen)
    /// The catalogue is small, or holds numbers that no bound can be given for.
    case useless
  }
  private let screen: Mutex<Screen>
  /// Held while the copy is made, so that it is made once and others wait for it.
  private let making = Mutex(())

  /// A recommender over `model`. Reads nothing.
  package init(model: any ScoredModel) {
    self.model = model
    factors = model as? FactorModel
    let isScreened =
      model.ranking == .score && (factors?.factorCount ?? 0) > 0
      && model.itemCount >= Self.screenedCatalogueSize
    screen = Mutex(isScreened ? .pending(lookups: 0) : .useless)
  }

  /// Makes the compressed copy now if there is to be one, or what else the model computes once for
  /// all users: reads all items once. A daemon calls this before it takes a model into service, off
  /// its event loops.
  package func prepare() {
    model.prepareScores()
    guard let factors else { return }
    making.withLock { _ in
      guard screen.withLock({ if case .pending = $0 { true } else { false } }) else { return }
      let made = ItemScreen(of: factors)
      screen.withLock { $0 = made.map { .ready($0) } ?? .useless }
    }
  }

  /// The best `count` items for `user` that he has not rated yet, or, `includingRated`, of all;
  /// best first, with their predicted ratings. A model that ranks by popularity answers the most
  /// rated items. Traps when the user is not the model's or `count` is negative.
  package func recommend(
    for user: UserIndex, count: Int, includingRated: Bool = false
  ) -> [ScoredItem] {
    let excluded = includingRated ? [] : ratedRows(of: user)
    return topItems(for: user, count: count, excluding: SortedRows(excluded))
  }

  /// The best `count` items for `user` without those in `excluded`, otherwise as
  /// ``recommend(for:count:includingRated:)``.
  package func topItems(
    for user: UserIndex, count: Int, excluding excluded: [ItemIndex]
  ) -> [ScoredItem] {
    topItems(for: user, count: count, excluding: SortedRows(excluded.map(\.rawValue)))
  }

  func ratedRows(of user: UserIndex) -> [UInt32] {
    model.withRatedItems(by: user) { Array($0) }
  }

  /// The compressed copy, if it is there.
  var readyScreen: ItemScreen? {
    screen.withLock { if case .ready(let screen) = $0 { screen } else { nil } }
  }

  /// The compressed copy, if it is there; else the look-up is counted, and at the last that is to be
  /// plain the copy is made in the background.
  private func screenForLookup() -> ItemScreen? {
    let (ready, isDue) = screen.withLock { screen -> (ItemScreen?, Bool) in
      switch screen {
      case .ready(let screen): return (screen, false)
      case .pending(let lookups):
        screen = .pending(lookups: lookups + 1)
        return (nil, lookups + 1 == Self.plainLookupLimit)
      case .useless: return (nil, false)
      }
    }
    if isDue { Task.detached(priority: .utility) { self.prepare() } }
    return ready
  }

  private func topItems(
    for user: UserIndex, count: Int, excluding excluded: SortedRows
  ) -> [ScoredItem] {
    precondition(count >= 0)
    guard model.ranking == .score else {
      return popular(count: count, for: user, excluding: excluded)
    }
    if let screen = screenForLookup() {
      return topItems(for: [user], count: count, excluding: [excluded], by: screen)[0]
    }
    return scan(for: user, count: count, excluding: excluded)
  }
}
