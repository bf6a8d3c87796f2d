import Errors
import Recommenders

extension ModelOptions {
  /// What the model in service says to `question`; its errors get the commands that help.
  func ask<Answer>(
    _ question: (RecommenderQueries) throws(RecommendingError) -> Answer
  ) throws -> Answer {
    let queries = RecommenderQueries(
      Recommender(model: try openModelInService()), suggestsIdentifiers: true)
    do throws(RecommendingError) { return try question(queries) } catch {
      throw CommandFailure(error)
    }
  }
}

extension CommandFailure {
  /// `error` with the commands of this program that help.
  fileprivate init(_ error: RecommendingError) {
    let commands: String? =
      switch error.code {
      case .unknownUser: "`latent users` lists the store's."
      case .unknownItem: "`latent items --search TEXT` finds some by title."
      case .modelWithoutPredictions: "Train one that predicts with `latent train --model dot-bias`."
      case .modelWithoutFactors: "Train one with `latent train --model dot-bias`."
      case .damagedModel:
        "`latent models verify` says where, and `latent models rollback` goes back, with the "
          + "--models and --name of this command."
      case .invalidIdentifier, .itemWithoutFactors: nil
      }
    self.init(error.problem, remedy: commands.map { "\(error.remedy) \($0)" } ?? error.remedy)
  }
}
