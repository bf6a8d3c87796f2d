import Foundation
import ModelRegistry
import Ratings
import Recommenders
import Synchronization

/// All versions that were put in service, and the expected answers of each.
final class KnownVersions: Sendable {
  private let models = Mutex<[Int: KnownModel]>([:])
  /// The number of versions to remember; older ones no longer answer.
  private static let rememberedCount = 40
  /// How far publishing may fall behind.
  private static let patience = Duration.seconds(60)
  private let folder: String
  private let model: SyntheticModel

  /// Publishes versions of `model`, with different seeds, in the registry at `folder`.
  init(of model: SyntheticModel, in folder: String) {
    self.model = model
    self.folder = folder
  }

  /// Writes a new version, records its expected answers, and puts it in service.
  func publish() throws {
    var model = model
    model.seed = UInt64(latest ?? 0) + 1
    let contents = model.contents()
    let known = KnownModel(contents)
    _ = try model.publish(contents, in: folder) { version in
      models.withLock { models in
        models[version] = known
        models[version - Self.rememberedCount] = nil
      }
    }
  }

  /// Removes all but the newest `keptCount` versions, as `latent models prune` does.
  private func prune(keeping keptCount: Int) throws {
    _ = try ChildProgram(
      ChildProgram.sibling("latent"),
      ["models", "prune", "--models", folder, "--keep", String(keptCount)], in: folder,
      environment: [:], messages: .nullDevice
    ).finish()
  }

  /// Returns the number of versions in the registry.
  func storedCount() throws -> Int {
    try ModelRegistry(folder, forms: .recommenders).versions(of: ModelName("recommender")).all()
      .count
  }

  /// Starts publishing `count` versions, as evenly over `seconds` as writing them allows, each time removing all but
  /// the newest `keptCount`. Versions that a busy machine has not reached a minute later are skipped.
  func publishing(
    _ count: Int, over seconds: Double, keeping keptCount: Int
  ) -> BackgroundWork<Void> {
    BackgroundWork { isOver in
      let clock = ContinuousClock()
      let start = clock.now
      for number in 0..<count {
        let due = start + .seconds(seconds * Double(number) / Double(count))
        while clock.now < due, !isOver() { usleep(10_000) }
        guard !isOver(), clock.now < start + .seconds(seconds) + Self.patience else { return }
        try self.publish()
        try self.prune(keeping: keptCount)
      }
    }
  }

  /// The newest version; nil before the first.
  var latest: Int? { models.withLock { $0.keys.max() } }

  /// The expected answers of `version`; nil if there never was such a version.
  subscript(version: Int) -> KnownModel? { models.withLock { $0[version] } }

  /// Returns what is wrong with the answer to `question` on a connection that has already seen `oldest`; nil if nothing
  /// is.
  func problem(of answer: Answer, to question: Question, since oldest: Int) -> String? {
    guard let version = answer.version else {
      // A bare number in reply to an array: one of the versions must give it.
      let candidates = models.withLock { $0.filter { $0.key >= oldest }.map(\.value) }
      let problems = candidates.map { problem(of: answer, to: question, by: $0) }
      return problems.contains(nil) ? nil : problems.first ?? "no known version can have answered"
    }
    guard version >= oldest else { return "version \(version) came after version \(oldest)" }
    guard let known = self[version] else { return "version \(version) does not exist" }
    return problem(of: answer, to: question, by: known).map { "version \(version): \($0)" }
  }

  private func problem(
    of answer: Answer, to question: Question, by known: KnownModel
  ) -> String? {
    switch (question, answer.value) {
    case (.predict(let user, let item), .prediction(let value)):
      known.problem(ofPrediction: value, user: user, item: item)
    case (.recommend(let user), .items(let items)):
      known.problem(ofRecommended: items, for: user)
    case (.recommendRated(_, let rated), .items(let items)):
      known.problem(ofRecommended: items, by: rated)
    case (.similar(let item), .items(let items)): known.problem(ofSimilar: items, to: item)
    default: "\(question) was answered by \(answer.value)"
    }
  }
}
