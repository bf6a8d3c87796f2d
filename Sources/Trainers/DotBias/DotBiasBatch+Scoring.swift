import Recommenders
import TensorCore

extension DotBiasBatch {
  /// Writes the rows of `places` as they stand before the step, ready for scoring.
  func catchUp(_ places: Range<Int>, _ rows: FactorRows) {
    let values = values.base
    let decays = decays.numbers
    let moves = tails.numbers
    let userMask = rows.mask(isUser: true)
    let itemMask = rows.mask(isUser: false)
    for place in places {
      let row = Int(placeRows.elements[place])
      let source = rows.vectors.base + row * 4 * width
      let target = values + place * width
      let directions = source + width
      let decay = Vector(repeating: decays[place])
      let move = Vector(repeating: -moves[place])
      for vector in 0..<width {
        target[vector] = (source[vector] * decay).addingProduct(directions[vector], move)
      }
      let mask = row < rows.userCount ? userMask : itemMask
      target[0] = target[0] * mask + (1 - mask)
    }
  }

  /// Computes the scores of the ratings in `range`.
  func score(_ range: Range<Int>) {
    let values = values.base
    let scores = scores.numbers
    let partners = partners.elements
    for rating in range {
      let user = values + Int(partners[size + rating]) * width
      let item = values + Int(partners[rating]) * width
      var sum = Vector.zero
      for vector in 0..<width { sum.addProduct(user[vector], item[vector]) }
      scores[rating] = sum.sum()
    }
  }

  /// Replaces each score by the derivative of the batch's mean squared error by it, and returns that
  /// error.
  func differentiate(_ range: OutputRange?) -> Float {
    let scale = Vector(repeating: 2 / Float(size))
    var total = 0.0
    for vector in 0..<(size + 7) / 8 {
      var error: Vector
      var slope = scale
      if let range {
        let height = range.upper - range.lower
        let sigmoid = scores.elements[vector].logistic
        error = sigmoid * height + range.lower - targets.elements[vector]
        slope *= sigmoid * (1 - sigmoid) * height
      } else {
        error = scores.elements[vector] - targets.elements[vector]
      }
      // Beyond the last rating stands nothing, or another batch's.
      for lane in min(size - vector * 8, 8)..<8 { error[lane] = 0 }
      scores.elements[vector] = error * slope
      total += Double((error * error).sum())
    }
    return Float(total / Double(size))
  }
}
