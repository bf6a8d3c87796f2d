import Errors
import Ratings

/// A writer that discards everything. It reports the errors that the store would report, and queries the
/// store where existing ratings matter.
final class PreviewWriter: RatingsWriter {
  private(set) var settings: StoreSettings
  private let store: any RatingsStore
  private let forgotten: ForgottenUsers

  /// Creates a writer for `store` with these settings. The store need not exist.
  init(_ store: any RatingsStore, _ settings: StoreSettings, forgotten: ForgottenUsers) {
    self.settings = settings
    self.store = store
    self.forgotten = forgotten
  }

  /// Thrown to roll back a transaction.
  private struct Undone: Error {}

  /// Runs `question` in a transaction of the store, rolls it back, and returns the answer; nil if the store
  /// does not exist or must be migrated.
  private func asking<Answer>(
    _ question: (any RatingsWriter) throws(StoreError) -> Answer
  ) throws(StoreError) -> Answer? {
    var answer: Result<Answer, StoreError>?
    do {
      try store.write { writer -> Void in
        answer = Result { () throws(StoreError) in try question(writer) }
        throw Undone()
      }
    } catch let error as StoreError {
      guard [.missing, .notMigrated, .outdated].contains(error.code) else { throw error }
      return nil
    } catch {
      // Rolled back as intended.
    }
    return try answer?.get()
  }

  func fixTypes(user: IdentifierType?, item: IdentifierType?) throws(StoreError) {
    settings = try settings.fixingTypes(user: user, item: item, store: store.name)
  }

  func fixScale(_ scale: RatingScale) throws(StoreError) {
    settings = try settings.fixingScale(scale, extremes: nil, store: store.name)
    _ = try asking { writer throws(StoreError) in try writer.fixScale(scale) }
  }

  func fixFeedback(_ feedback: Feedback) throws(StoreError) {
    settings = try settings.fixingFeedback(feedback, store: store.name)
  }

  func hasValue(otherThan value: Float) throws(StoreError) -> Bool {
    try asking { writer throws(StoreError) in try writer.hasValue(otherThan: value) } ?? false
  }

  func write(_ batch: borrowing RatingBatch, _ rule: WriteRule) throws(StoreError) -> WriteTally {
    try settings.check(batch, store: store.name)
    if rule == .adding { try settings.checkAdding(store: store.name) }
    return WriteTally(added: batch.count)
  }

  func upsert(_ items: [Item]) throws(StoreError) -> WriteTally {
    try settings.check(items, store: store.name)
    return WriteTally(added: items.count)
  }

  func dateOfAddition(ofFile digest: String) throws(StoreError) -> String? {
    try asking { writer throws(StoreError) in try writer.dateOfAddition(ofFile: digest) } ?? nil
  }

  func noteAddition(ofFile digest: String) throws(StoreError) {}

  func forgottenUsers() throws(StoreError) -> ForgottenUsers { forgotten }

  func readmit(_ users: some Collection<UserID>) throws(StoreError) {}
}
