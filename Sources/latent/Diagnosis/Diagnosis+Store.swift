import Errors
import Ratings

extension Diagnosis {
  /// Checks whether the store that `open` opens can be read and is up to date, and what it contains.
  mutating func checkStore(_ open: () throws -> any RatingsStore) {
    do {
      let store = try open()
      let summary = try store.summary()
      let settings = try store.settings()
      var words =
        "\(store.name): \(summary.ratingCount) ratings of \(summary.itemCount) items by "
        + "\(summary.userCount) users"
      if let feedback = settings.feedback { words += ", \(feedback) feedback" }
      if let scale = settings.scale { words += ", scale \(scale)" }
      note(
        "store", .good,
        summary.userCount == 0 ? words + ". Import some with `latent import`." : words)
    } catch let error as StoreError where error.code == .missing || error.code == .notMigrated {
      note("store", .absent, "\(error.withCommands)")
    } catch let error as StoreError {
      note("store", .wrong, "\(error.withCommands)")
    } catch {
      note("store", .wrong, "\(error)")
    }
  }
}
