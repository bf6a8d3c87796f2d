import Errors
import ModelRegistry
import Ratings
import Recommenders

extension TrainingJob {
  /// Throws if the job can't run, whatever is trained: if the ratings can't be read or there are none, or no
  /// version of the model can be written. Reads only the first ratings and records nothing.
  package func check() throws {
    _ = try request.parsedSplit()
    do throws(ModelFileError) {
      let publisher = try Publisher(of: name, in: registry, command: command)
      try publisher.versions.checkTakes(.recommenders)
      _ = try publisher.stage()
    } catch  where error.code == .busy {
      // Another training will have finished by the time this one has something to write.
    }
    do {
      try store.readRatings(from: source, batchSize: 1) { batch in
        if batch.count > 0 { throw Found() }
      }
    } catch is Found {
      return
    }
    throw JobError.noRatings(in: store, from: source)
  }

  /// Thrown when a rating is found.
  private struct Found: Error {}
}
