package import ModelRegistry
import TensorCore

/// The result of training an item-item model.
///
/// The score of user u for item i is
///
///     score(u, i) = sum over the rated items j of u that were used for training of w(j, i)
///
/// (Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", 2019, eq. 1). Most weights are left out.
package struct ItemItemTables: ModelTables {
  package static var form: RecommenderForm { ItemItemModel.form }

  /// The start of each item's weights, plus the total: items + 1 elements.
  package let offsets: [UInt64]
  /// The rows of the items that the weights lead to, ascending for each item.
  package let targets: [UInt32]
  /// The weight of each target.
  package let weights: [Float]
  /// The diagonal of the inverse of the Gram matrix: the part of each item that the others do not explain. Nil for
  /// weights that do not come from such an inverse.
  package let precisions: [Float]?
  /// The cost of leaving weights out.
  package let loss: ItemItemLoss
  /// The ridge added to each item's number of ratings; nil for weights other than EASE's. Not stored in the file.
  package let ridges: [Float]?
  /// The start of each user's training items, plus the total.
  package let inputOffsets: [Int]
  /// The rows of those items, ascending for each user.
  package let inputs: [UInt32]

  /// Creates tables of the users whose training items are `inputs`.
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

  /// Returns 1 for each of the catalogue's rated items that was used for training, and 0 for each that was held out.
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

/// The cost of leaving most weights out.
package struct ItemItemLoss: Sendable, Equatable {
  /// The fraction of the weights that was kept.
  package let share: Float
  /// The fraction of the items in lists of ten, for a sample of users, that would also be listed with all weights.
  package let lists: Float

  package init(share: Float, lists: Float) {
    self.share = share
    self.lists = lists
  }
}
