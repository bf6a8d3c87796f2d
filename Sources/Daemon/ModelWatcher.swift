import ExplainedErrors
import FactorModels
package import ModelFiles

/// Follows which version of a model is in service, one look at a time; the caller says when.
package struct ModelWatcher: Sendable {
  /// What a look at the registry found.
  package enum Finding: Sendable {
    /// What it was before, good or bad.
    case unchanged
    /// Another version, open and ready.
    case opened(RecommenderAnswers)
    /// The version that was in service all along is the one that should be, again.
    case recovered
    /// A version that can't be taken up, or none where there was one: why, for INFO and the log.
    case failed(String)
  }

  private let versions: ModelVersions
  private var openVersion: Int?
  private var problem: String?

  /// A watcher that has seen nothing yet.
  package init(_ versions: ModelVersions) { self.versions = versions }

  /// Looks at the registry: one link, unless it changed. A version that does not open is tried again
  /// at every look, and found to have failed only once. Blocks while it opens one; `preparing` also
  /// makes it ready for fast answers, which reads its item factors.
  package mutating func look(preparing: Bool) -> Finding {
    do throws(ModelFileError) {
      let current = try versions.current()
      guard let current else {
        guard let openVersion else { return .unchanged }
        return fail("`current` is gone since version \(openVersion) was taken up")
      }
      guard current != openVersion else {
        let hadProblem = problem != nil
        problem = nil
        return hadProblem ? .recovered : .unchanged
      }
      let model = try open(current)
      if preparing { model.prepare() }
      openVersion = current
      problem = nil
      return .opened(model)
    } catch {
      return fail("\(error)")
    }
  }

  private mutating func fail(_ description: String) -> Finding {
    guard problem != description else { return .unchanged }
    problem = description
    return .failed(description)
  }

  private func open(_ version: Int) throws(ModelFileError) -> RecommenderAnswers {
    let manifest = try versions.manifest(of: version)
    let model = try FactorModel.open(versions.modelPath(of: version))
    let facts = ModelFacts(
      name: versions.name.text, version: version, kind: model.kind, userCount: model.userCount,
      itemCount: model.itemCount, publishedAt: manifest.createdAt)
    return RecommenderAnswers(model: model, facts: facts)
  }
}
