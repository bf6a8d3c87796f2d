import Errors
import Interactions
import Learning
import Ratings
import Recommenders

/// The item factors of an earlier model, from which least-squares training starts: users are solved for them first.
struct WarmStart {
  private let model: FactorModel

  /// Creates a warm start from `model`; nil if there is none. Throws ``TrainingError`` `badOption` if its number of
  /// factors differs.
  init?(_ model: (any ScoredModel)?, factorCount: Int) throws(TrainingError) {
    guard let model = model as? FactorModel else { return nil }
    guard model.factorCount == factorCount else {
      throw TrainingError(
        .badOption,
        "is \(factorCount), but the version to start from has \(model.factorCount)",
        place: "factors", remedy: "Set it to \(model.factorCount).")
    }
    self.model = model
  }

  /// Writes the item factors of the model into the rows of the items it knows: factors divided by `factorUnit`, after
  /// the bias divided by `biasUnit` if that is given.
  func write(
    to rows: FactorMatrix, of items: IdentifierColumn, factorUnit: Float, biasUnit: Float? = nil
  ) {
    let length = model.factorCount
    model.withItemVectors { factors in
      for row in 0..<rows.rowCount {
        guard let known = model.items.index(of: items.identifier(at: row)) else { continue }
        let numbers = rows.numbers(of: row)
        let first = biasUnit == nil ? 0 : 1
        if let biasUnit { numbers[0] = (model.bias(of: known) ?? 0) / biasUnit }
        for place in 0..<length {
          numbers[first + place] = factors[known.position * length + place] / factorUnit
        }
      }
    }
  }
}
