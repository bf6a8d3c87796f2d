import Errors
import Ratings

/// Takes what an import writes and keeps nothing: what is against it is told as a store would.
final class PreviewWriter: RatingsWriter {
  private(set) var settings: StoreSettings
  private let storeName: String
  private let forgotten: ForgottenUsers

  /// A writer for the store called `storeName`, which has these settings.
  init(_ settings: StoreSettings, storeName: String, forgotten: ForgottenUsers) {
    self.settings = settings
    self.storeName = storeName
    self.forgotten = forgotten
  }

  func fixTypes(user: IdentifierType?, item: IdentifierType?) throws(StoreError) {
    settings = try settings.fixingTypes(user: user, item: item, store: storeName)
  }

  func fixScale(_ scale: RatingScale) throws(StoreError) {
    settings = try settings.fixingScale(scale, extremes: nil, store: storeName)
  }

  func fixFeedback(_ feedback: Feedback) throws(StoreError) {
    settings = try settings.fixingFeedback(feedback, store: storeName)
  }

  /// What the store holds is not looked at.
  func hasValue(otherThan value: Float) throws(StoreError) -> Bool { false }

  func write(_ batch: borrowing RatingBatch, _ rule: WriteRule) throws(StoreError) -> WriteTally {
    try settings.check(batch, store: storeName)
    if rule == .adding { try settings.checkAdding(store: storeName) }
    return WriteTally(added: batch.count)
  }

  func upsert(_ items: [Item]) throws(StoreError) -> WriteTally {
    try settings.check(items, store: storeName)
    return WriteTally(added: items.count)
  }

  func dateOfAddition(ofFile digest: String) throws(StoreError) -> String? { nil }

  func noteAddition(ofFile digest: String) throws(StoreError) {}

  func forgottenUsers() throws(StoreError) -> ForgottenUsers { forgotten }

  func readmit(_ users: some Collection<UserID>) throws(StoreError) {}
}
