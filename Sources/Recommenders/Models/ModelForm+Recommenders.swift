import Errors
import Foundation
package import ModelRegistry
import Ratings

extension [ModelForm] {
  /// The forms of models of ratings.
  package static var recommenders: [ModelForm] {
    [RecommenderForm.factors, .network].map { form in
      ModelForm(form.rawValue) { (file) throws(ModelFileError) in try StoredModel.open(file) }
    }
  }
}

extension ModelVersions {
  /// The model of `version`, opened without reading it through, where it is one of ratings.
  ///
  /// Throws ``ModelFileErrorCode/foreign`` when it is of another kind, else as
  /// ``ModelRegistry/ModelVersions/open(_:)`` does.
  package func openModel(_ version: Int) throws(ModelFileError) -> any ScoredModel {
    try open(version).asScoredModel()
  }
}

extension PublishedModel {
  /// The model as one of ratings.
  ///
  /// Throws ``ModelFileErrorCode/foreign`` when it is of another kind.
  package func asScoredModel() throws(ModelFileError) -> any ScoredModel {
    guard let model = self as? any ScoredModel else {
      throw ModelFileError(
        .foreign, "not a model of ratings: its kind is '\(kind)'", place: path,
        remedy: "Name a model of ratings.")
    }
    return model
  }
}

extension ScoredModel {
  package var facts: [ModelFact] {
    [
      ModelFact("users", .integer(userCount)),
      ModelFact("user_id_type", .text(users.type.rawValue)),
      ModelFact("items", .integer(itemCount)),
      ModelFact("item_id_type", .text(items.type.rawValue)),
    ] + learnedFacts + [
      ModelFact(
        "known_ratings", label: "ratings known to the model", .integer(knownRatingCount)),
      // For people without the last digits, which only say that it is kept in 32 bits.
      ModelFact(
        "output_range", outputRange.map { .text($0.description) } ?? .none,
        wording: outputRange.map { String(format: "%.6g..%.6g", $0.lower, $0.upper) }),
      ModelFact("ranks_by", .text(ranking.rawValue)),
    ]
  }

  package var people: (any PeopleInModel)? { UsersOfModel(model: self) }
}

extension FactorModel {
  package var learnedFacts: [ModelFact] {
    [
      ModelFact("factors", .integer(factorCount)),
      ModelFact("global_mean", .number(Double(globalMean), decimals: 4)),
    ]
  }
}

extension NeuralModel {
  package var learnedFacts: [ModelFact] {
    [
      ModelFact("user_embedding", .integer(userWidth)),
      ModelFact("item_embedding", .integer(itemWidth)),
      ModelFact("hidden_layers", .text(hiddenSizes.map(String.init).joined(separator: ","))),
    ]
  }
}

/// The users of a model of ratings, as people who can be taken out of it.
private struct UsersOfModel: PeopleInModel {
  let model: any ScoredModel

  var count: Int { model.userCount }

  func contains(_ id: String) -> Bool { model.user(reading: id) != nil }

  func without(_ id: String) throws(ModelFileError) -> any EncodableModel {
    guard let row = model.user(reading: id),
      let remainder = try ModelWithoutUser(
        SafetensorsFile(model.path), model.users.identifier(at: row))
    else { preconditionFailure("the model at \(model.path) has no such user") }
    return remainder
  }
}
