import Errors
import ModelRegistry
import Ratings
import Recommenders

extension TrainingJob {
  /// Throws where the job could not be run, whatever is learned: where the ratings can't be read or there are none, or
  /// no version of the model can be written. Reads no further than the first ratings; nothing is recorded.
  package func check() throws {
    _ = try request.parsedSplit()
    do throws(ModelFileError) {
      let publisher = try Publisher(of: name, in: registry, command: command)
      try publisher.versions.checkTakes(.recommenders)
      _ = try publisher.stage()
    } catch  where error.code == .busy {
      // Another training is over by the time that this one has something to write.
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

  /// That there are ratings.
  private struct Found: Error {}
}
