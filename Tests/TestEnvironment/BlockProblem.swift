/// A consistent set of frames of `latent solve-block`: three rows to solve, four rows of the other side, three factors.
package struct BlockProblem: Sendable {
  package init() {}

  /// Returns rows of three numbers, padded with zeros.
  private func rows(_ count: Int) -> [Float] {
    var rows = [Float](repeating: 0, count: 16 * count)
    for row in 0..<count {
      for place in 0..<3 {
        let number = (row * 5 + place * 3) % 7
        rows[16 * row + place] = Float(number) / 7 - 0.4
      }
    }
    return rows
  }

  package var basis: BlockMessage {
    BlockMessage(
      2, tag: 1, [3],
      [
        BlockMessage.bytes([0.5, 1, 2] as [Float]),
        BlockMessage.bytes([1, 0, 0, 0, 1, 0, 0, 0, 1] as [Float]),
      ])
  }

  package var factors: BlockMessage {
    BlockMessage(1, tag: 2, [4, 3], [BlockMessage.bytes(rows(4))])
  }

  package var turn: BlockMessage {
    BlockMessage(6, tag: 3, [2, 3], [BlockMessage.bytes(rows(2))])
  }

  package var gram: BlockMessage {
    var gram = [Float](repeating: 0, count: 256)
    for place in 0..<3 { gram[17 * place] = Float(1 + place) }
    return BlockMessage(5, tag: 4, [3], [BlockMessage.bytes(gram)])
  }

  package var start: BlockMessage {
    BlockMessage(4, tag: 5, [3, 3, 7], [BlockMessage.bytes([-1, 1, 1 << 40] as [Int64])])
  }

  /// A solve weighted by values, which includes the current rows.
  package var solve: BlockMessage {
    BlockMessage(
      7, tag: 6, [3, 3, 6, 4, 2.0.bitPattern, 0.1.bitPattern, 1, 3],
      [
        BlockMessage.bytes([0, 2, 3, 6] as [UInt64]),
        BlockMessage.bytes([0, 3, 1, 0, 1, 2] as [UInt32]),
        BlockMessage.bytes([1, 2, 3, 1, 2.5, 0] as [Float]), BlockMessage.bytes(rows(3)),
      ])
  }

  package var weights: BlockMessage {
    BlockMessage(
      9, tag: 7, [10, 20, 50, 3, 50.0.bitPattern, Double.nan.bitPattern, Double.nan.bitPattern])
  }

  /// A start for rows of a bias and two factors.
  package var alsStart: BlockMessage {
    BlockMessage(
      10, tag: 8, [3, 3, 7, 0, 0, 30.0.bitPattern, 1.5.bitPattern],
      [
        BlockMessage.bytes([-1, 1, 1 << 40] as [Int64]), BlockMessage.bytes([1, 5, 2] as [UInt32]),
      ])
  }

  package var alsSolve: BlockMessage {
    let sums = (0..<17).map { place in place == 16 ? 80.0 : place < 3 ? Double(place) - 0.5 : 0 }
    return BlockMessage(
      11, tag: 9, [3, 3, 6, 1],
      [
        BlockMessage.bytes([0.1, 30, 1.5, 3, 1.2] as [Double]), BlockMessage.bytes(sums),
        BlockMessage.bytes([0, 2, 3, 6] as [UInt64]),
        BlockMessage.bytes([0, 3, 1, 0, 1, 2] as [UInt32]),
        BlockMessage.bytes([1, 2, 3, -1, 2.5, 0] as [Float]),
      ])
  }

  /// All frames, in a valid order.
  package var all: [BlockMessage] {
    [basis, factors, turn, gram, start, solve, weights, alsStart, alsSolve]
  }
}
