package import Layers
import Learning
package import Recommenders
package import TensorCore

/// The dot product with biases as a module of four embeddings, trained with autograd: fastai's `EmbeddingDotBias`, and
/// the exact mode of ``DotBiasTrainer``.
package final class DotBiasNetwork: Module {
  private let userFactors: Embedding
  private let itemFactors: Embedding
  private let userBiases: Embedding
  private let itemBiases: Embedding
  private let factorCount: Int
  private let hasBiases: Bool
  let outputRange: OutputRange?

  /// Creates a network from the given tables. Without biases, those are not used and must be 0.
  package init(_ tables: FactorTables, hasBiases: Bool = true) {
    self.hasBiases = hasBiases
    let (users, items) = (tables.userBiases.count, tables.itemBiases.count)
    factorCount = tables.factorCount
    outputRange = tables.outputRange
    userFactors = Embedding(weight: Tensor([users, tables.factorCount], tables.userFactors))
    itemFactors = Embedding(weight: Tensor([items, tables.factorCount], tables.itemFactors))
    userBiases = Embedding(weight: Tensor([users, 1], tables.userBiases))
    itemBiases = Embedding(weight: Tensor([items, 1], tables.itemBiases))
  }

  /// The embeddings, under fastai's names.
  package var children: [(name: String, module: any Module)] {
    [("u_weight", userFactors), ("i_weight", itemFactors)]
      + (hasBiases ? [("u_bias", userBiases), ("i_bias", itemBiases)] : [])
  }

  /// Returns the predicted ratings of `users[n]` for `items[n]`: `[ratings]`.
  package func callAsFunction(
    users: [UInt32], items: [UInt32], in pass: ForwardPass
  ) throws(TensorError) -> Variable {
    let tape = pass.tape
    let products = try tape.multiply(userFactors(users, in: pass), itemFactors(items, in: pass))
    // The sum of each row, as its product with ones.
    let ones = Variable(Tensor([factorCount, 1], repeating: Float(1)))
    var sums = try tape.matmul(products, ones)
    if hasBiases {
      sums = try tape.add(
        sums, tape.add(userBiases(users, in: pass), itemBiases(items, in: pass)))
    }
    let score = try tape.reshape(sums, to: [users.count])
    guard let outputRange else { return score }
    return try tape.sigmoid(score, from: outputRange.lower, to: outputRange.upper)
  }

  /// Returns the current tables.
  package func tables() -> FactorTables {
    FactorTables(
      factorCount: factorCount, userFactors: userFactors.weight.value.elements(),
      itemFactors: itemFactors.weight.value.elements(),
      userBiases: userBiases.weight.value.elements(),
      itemBiases: itemBiases.weight.value.elements(), globalMean: 0, outputRange: outputRange)
  }
}

extension DotBiasNetwork {
  /// Returns the exact training of a `dot-bias` model: every row takes part in every step, as in fastai. Validation
  /// uses tables, as in ``DeferredDotBias``; unknown users and items count as the mean bias.
  func training(
    on ratings: TrainingRatings, adamOptions: AdamW.Options, context: ComputeContext
  ) -> ModuleTraining {
    let (outputRange, hasBiases) = (outputRange, hasBiases)
    var options = ModuleTraining.Options()
    options.context = context
    options.lossBound = ratings.lossBound(outputRange)
    var snapshot: FactorRowsSnapshot?
    return ModuleTraining(
      self, optimizer: AdamW([ParameterGroup("tables", of: self)], options: adamOptions),
      loss: .squaredError, options: options, trainingCount: ratings.training.count,
      validationCount: ratings.heldOut?.count ?? 0,
      trainingBatch: { [self] samples, pass throws(TensorError) in
        let columns = ratings.training
        let predictions = try callAsFunction(
          users: samples.map { columns.users[Int($0)] },
          items: samples.map { columns.items[Int($0)] }, in: pass)
        return (predictions, Tensor([samples.count], samples.map { columns.values[Int($0)] }))
      },
      willValidate: { [self] in
        snapshot = FactorRowsSnapshot(
          FactorRows(tables(), hasBiases: hasBiases), after: 0, of: nil, outputRange: outputRange)
      },
      heldOutBatch: { samples, _ throws(TensorError) in
        guard let snapshot, let heldOut = ratings.heldOut else {
          preconditionFailure("held-out ratings without a validation")
        }
        let predictions = samples.map { snapshot.prediction($0, in: heldOut) }
        return (
          Variable(Tensor([samples.count], predictions)),
          Tensor([samples.count], Array(heldOut.values[samples]))
        )
      })
  }
}
