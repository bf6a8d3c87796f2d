import ArgumentParser
import Errors
import ModelRegistry
import Ratings
import Recommenders

/// Which models folder a command works on.
struct RegistryOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The folder that holds the models (default: LATENT_MODELS, else latent-models).",
      valueName: "folder"))
  var models: String?

  /// The folder: from the option, else the environment, else beside the caller.
  var folder: String { models ?? ModelRegistry.defaultFolder }

  /// The models in it.
  var registry: ModelRegistry { ModelRegistry(folder) }

  /// The models in it, for a command that is to find all there are of something. Fails when a folder was
  /// named, by the option or the environment, and is not there: nothing would be found in it.
  func existingRegistry() throws -> ModelRegistry {
    guard try !registry.isThere() else { return registry }
    guard models == nil, folder == ModelRegistry.usualFolder else {
      throw CommandFailure(
        "there is no folder \(folder)",
        remedy: "Correct \(models == nil ? "LATENT_MODELS" : "--models"), or leave it out where "
          + "there are no models.")
    }
    return registry
  }
}

/// Which models folder a command works on, and which name in it.
struct ModelOptions: ParsableArguments {
  @OptionGroup var place: RegistryOptions

  @Option(
    help: ArgumentHelp(
      "The model's name in it (default: \(ModelName.usual)).", valueName: "name"),
    transform: { try ModelName($0) })
  var name = ModelName.usual

  /// The folder that holds the models.
  var folder: String { place.folder }

  /// The models in it.
  var registry: ModelRegistry { place.registry }

  /// The versions of the model that is meant, which need not exist.
  var versions: ModelVersions { registry.versions(of: name) }

  /// The number of the version in service; fails with a remedy when there is none.
  func versionInService() throws -> Int {
    guard let version = try versions.current() else {
      throw CommandFailure(
        "no version of \(name) in \(folder) is in service",
        remedy: "Train one with `\(versions.command("train --publish"))`, or promote one of "
          + "`\(versions.command("models list"))`.")
    }
    return version
  }

  /// The models of the version in service: the one that it is served from, and the one that predicts beside it,
  /// where there is one.
  func modelsInService() throws -> [any ScoredModel] {
    let (model, predictor) = try versions.openModels(versionInService())
    return [model] + (predictor.map { [$0] } ?? [])
  }

  /// What the model in service is asked by.
  func queries() throws -> RecommenderQueries {
    try RecommenderQueries(to: versionInService(), of: versions, suggestsIdentifiers: true)
  }

  /// What the model in service says to `question`; its errors get the commands that help.
  func ask<Answer>(
    _ question: (RecommenderQueries) throws(RecommendingError) -> Answer
  ) throws -> Answer {
    let queries = try queries()
    return try Self.explained { () throws(RecommendingError) in try question(queries) }
  }

  /// What `question` returns; its errors get the commands that help.
  static func explained<Answer>(
    _ question: () throws(RecommendingError) -> Answer
  ) throws -> Answer {
    do throws(RecommendingError) { return try question() } catch {
      guard error.code != .badCondition else { throw CommandFailure(drawing: error) }
      guard error.code != .badItemFile else {
        throw CommandFailure("\(error.place): \(error.problem)", remedy: error.remedy)
      }
      throw CommandFailure(error.problem, remedy: error.withCommands.remedy)
    }
  }
}

extension ModelOptions {
  /// The model of the version in service that has biases, and those of its items. Fails where none has.
  func itemBiases() throws -> (model: any ScoredModel, biases: [Float]) {
    let models = try modelsInService()
    for model in models {
      try model.verifyContents()
      let biases = (0..<model.itemCount).compactMap { model.bias(of: ItemIndex($0)) }
      if biases.count == model.itemCount, !biases.isEmpty { return (model, biases) }
    }
    throw CommandFailure(
      "\(models.map(\.kind).joined(separator: " and ")) learned no biases of items",
      remedy: "Train a model that does, such as bayes, als or dot-bias.")
  }
}
