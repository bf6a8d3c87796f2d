package import ModelRegistry
import TensorCore

/// What a trainer of weights between items learns.
///
/// The score of user u for item i is
///
///     score(u, i) = sum over the rated items j of u that were learned from of w(j, i)
///
/// (Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", 2019, eq. 1). Most weights are left out.
package struct ItemItemTables: ModelTables {
  package static var form: RecommenderForm { ItemItemModel.form }

  /// Where each item's weights begin, and at last their number: items + 1.
  package let offsets: [UInt64]
  /// The rows of the items that the weights are for, ascending for each item.
  package let targets: [UInt32]
  /// The weights, beside their targets.
  package let weights: [Float]
  /// For each item how much of it the others do not tell: the diagonal of the inverse of the Gram matrix; nil
  /// of weights that are no such inverse's.
  package let precisions: [Float]?
  /// What leaving weights out cost.
  package let loss: ItemItemLoss
  /// What was added to each item's number of ratings; nil of weights that are not EASE's. It does not stand in the file.
  package let ridges: [Float]?
  /// Where the items of each user begin that were learned from, and at last their number.
  package let inputOffsets: [Int]
  /// The rows of those items, ascending for each user.
  package let inputs: [UInt32]

  /// Weights of so many users, whose items are `inputs`.
  package init(
    offsets: [UInt64], targets: [UInt32], weights: [Float], precisions: [Float]?,
    loss: ItemItemLoss, inputOffsets: [Int], inputs: [UInt32], ridges: [Float]? = nil
  ) {
    precondition(!offsets.isEmpty && targets.count == weights.count)
    precondition(precisions.map { $0.count + 1 == offsets.count } ?? true)
    self.offsets = offsets
    self.targets = targets
    self.weights = weights
    self.precisions = precisions
    self.loss = loss
    self.ridges = ridges
    self.inputOffsets = inputOffsets
    self.inputs = inputs
  }

  package var ranking: Ranking { .preference }
  package var outputRange: OutputRange? { nil }
  package var userCount: Int { inputOffsets.count - 1 }
  package var itemCount: Int { offsets.count - 1 }

  package func tensors(with catalogue: ModelCatalogueContents) -> [OutgoingTensor] {
    [
      OutgoingTensor("item_weights", weights),
      OutgoingTensor("item_weight_offsets", offsets),
      OutgoingTensor("item_weight_targets", targets),
      OutgoingTensor("item_weight_loss", [loss.share, loss.lists]),
      OutgoingTensor("rated_is_learned", marks(of: catalogue)),
    ] + (precisions.map { [OutgoingTensor("item_precisions", $0)] } ?? [])
  }

  /// For each of the catalogue's rated items 1 where it was learned from, else 0: it was held out.
  private func marks(of catalogue: ModelCatalogueContents) -> [UInt8] {
    var marks = [UInt8](repeating: 0, count: catalogue.ratedItems.count)
    for user in 0..<userCount {
      var position = Int(catalogue.ratedOffsets[user])
      for input in inputs[inputOffsets[user]..<inputOffsets[user + 1]] {
        while catalogue.ratedItems[position] != input { position += 1 }
        marks[position] = 1
      }
    }
    return marks
  }
}

/// What it cost to leave most weights out.
package struct ItemItemLoss: Sendable, Equatable {
  /// The share of the weights that was kept.
  package let share: Float
  /// Of the items in lists of ten for some of the users, the share that all weights would list too.
  package let lists: Float

  package init(share: Float, lists: Float) {
    self.share = share
    self.lists = lists
  }
}
