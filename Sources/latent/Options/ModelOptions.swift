import ArgumentParser
import Errors
import ModelRegistry
import Ratings
import Recommenders

/// The folder of models that a command works on.
struct RegistryOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The folder that holds the models (default: LATENT_MODELS, else latent-models).",
      valueName: "folder"))
  var models: String?

  /// The folder from the option, else the environment, else the default in the working directory.
  var folder: String { models ?? ModelRegistry.defaultFolder }

  /// The models in it.
  var registry: ModelRegistry { ModelRegistry(folder) }

  /// Returns the models in the folder, for a command that must find all models of something. Throws if a folder was
  /// named, by the option or the environment, but does not exist.
  func existingRegistry() throws -> ModelRegistry {
    guard try !registry.isThere() else { return registry }
    guard models == nil, folder == ModelRegistry.usualFolder else {
      throw CommandFailure(
        "there is no folder \(folder)",
        remedy: "Correct \(models == nil ? "LATENT_MODELS" : "--models"), or leave it out if "
          + "there are no models.")
    }
    return registry
  }
}

/// The folder of models that a command works on, and the name of the model in it.
struct ModelOptions: ParsableArguments {
  @OptionGroup var place: RegistryOptions

  @Option(
    help: ArgumentHelp(
      "The model's name in that folder (default: \(ModelName.usual)).", valueName: "name"),
    transform: { try ModelName($0) })
  var name = ModelName.usual

  /// The folder that holds the models.
  var folder: String { place.folder }

  /// The models in it.
  var registry: ModelRegistry { place.registry }

  /// The versions of the named model, which need not exist.
  var versions: ModelVersions { registry.versions(of: name) }

  /// Returns the number of the version in service; throws if there is none.
  func versionInService() throws -> Int {
    guard let version = try versions.current() else {
      throw CommandFailure(
        "no version of \(name) in \(folder) is in service",
        remedy: "Train one with `\(versions.command("train --publish"))`, or promote one of "
          + "`\(versions.command("models list"))`.")
    }
    return version
  }

  /// Returns the models of the version in service: the main model and, if there is one, the model that predicts ratings
  /// beside it.
  func modelsInService() throws -> [any ScoredModel] {
    let (model, predictor) = try versions.openModels(versionInService())
    return [model] + (predictor.map { [$0] } ?? [])
  }

  /// Returns the queries to the model in service.
  func queries() throws -> RecommenderQueries {
    try RecommenderQueries(to: versionInService(), of: versions, suggestsIdentifiers: true)
  }

  /// Returns the answer of the model in service to `question`. Adds commands to the remedies of its errors.
  func ask<Answer>(
    _ question: (RecommenderQueries) throws(RecommendingError) -> Answer
  ) throws -> Answer {
    let queries = try queries()
    return try Self.explained { () throws(RecommendingError) in try question(queries) }
  }

  /// Returns the result of `question`. Adds commands to the remedies of its errors.
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
  /// Returns the model of the version in service that has item biases, and those biases. Throws if none has.
  func itemBiases() throws -> (model: any ScoredModel, biases: [Float]) {
    let models = try modelsInService()
    for model in models {
      try model.verifyContents()
      let biases = (0..<model.itemCount).compactMap { model.bias(of: ItemIndex($0)) }
      if biases.count == model.itemCount, !biases.isEmpty { return (model, biases) }
    }
    throw CommandFailure(
      "\(models.map(\.kind).joined(separator: " and ")) learned no item biases",
      remedy: "Train a model that does, such as bayes, als or dot-bias.")
  }
}
