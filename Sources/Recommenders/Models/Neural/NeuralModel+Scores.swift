import ModelRegistry
package import Ratings

extension NeuralModel {
  /// The network's output for the embeddings of both, before any range; that of row 0 for a side that
  /// is nil. O(numbers of the layers). Traps when a row is not of this model.
  package func score(user: UserIndex?, item: ItemIndex?) -> Float {
    var score: Float = 0
    withUnsafeMutablePointer(to: &score) { score in
      let row = item.map { $0.row + 1 } ?? 0
      writeScores(
        for: user, ofRows: row..<row + 1, ready: ready(withItemHalves: false),
        to: UnsafeMutableBufferPointer(start: score, count: 1))
    }
    return score
  }

  /// The same for each of `items`. The first time all items' halves of the first layer are computed,
  /// unless they would take too much memory.
  package func writeScores(
    for user: UserIndex?, of items: Range<Int>, to scores: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(scores.count == items.count)
    writeScores(
      for: user, ofRows: items.lowerBound + 1..<items.upperBound + 1,
      ready: ready(withItemHalves: true), to: scores)
  }

  private func writeScores(
    for user: UserIndex?, ofRows rows: Range<Int>,
    ready: (perceptron: Perceptron, itemHalves: [Float]?),
    to scores: UnsafeMutableBufferPointer<Float>
  ) {
    precondition(rows.upperBound <= itemCount + 1, "\(rows) of \(itemCount) items")
    let start = (user.map { $0.row + 1 } ?? 0) * userWidth
    userEmbeddings.withElements(in: start..<start + userWidth) { user in
      itemEmbeddings.withElements { embeddings in
        ready.perceptron.writeScores(
          user: user, items: rows, embeddings: embeddings, halves: ready.itemHalves, to: scores)
      }
    }
  }

  /// Computes all items' halves of the first layer: items x the first layer's numbers, if they are
  /// to be kept.
  package func prepareScores() { _ = ready(withItemHalves: true) }

  /// The embedding; a bias there is none.
  package func numbers(of user: UserIndex) -> (vector: [Float], bias: Float?) {
    let start = (user.row + 1) * userWidth
    return (userEmbeddings.withElements(in: start..<start + userWidth) { Array($0) }, nil)
  }

  /// Items are compared by their embeddings.
  package var itemVectorLength: Int { itemWidth }

  /// The embeddings of all items, without that of an unknown one.
  package func withItemVectors<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try itemEmbeddings.withElements(in: itemWidth..<itemEmbeddings.count, body)
  }
}
