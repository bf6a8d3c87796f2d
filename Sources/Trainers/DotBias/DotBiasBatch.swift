import CProcessor
import Learning
import Recommenders
import TensorCore

/// The scratch memory and loops of one step of ``DeferredDotBias``.
///
/// A batch's distinct rows are numbered in order of first appearance: their places. A use is one side of a rating: use
/// j is the user of rating j, use size + j its item.
///
/// `@unchecked Sendable`: several threads share a batch only within `catchUp`, `score` and `move`. Each works on places
/// or ratings of its own, and writes only what belongs to them.
final class DotBiasBatch: @unchecked Sendable {
  typealias Vector = FactorRows.Vector

  /// The number of ratings in the batch.
  let size: Int
  /// The number of distinct rows in the current batch.
  private(set) var placeCount = 0
  private let width: Int
  private let placeCapacity: Int
  /// By place: the row, and the step in which it last moved.
  private let placeRows: ScratchMemory<Int32>
  private let lastSteps: ScratchMemory<Int32>
  /// By place: its last use, from which `previousUses` links through the others to -1.
  private let lastUses: ScratchMemory<Int32>
  /// By place, padded to whole vectors: the logarithms, later the factors, of the row's missed updates.
  private let drifts: ScratchMemory<Vector>
  private let decays: ScratchMemory<Vector>
  private let beta1Powers: ScratchMemory<Vector>
  private let beta2Powers: ScratchMemory<Vector>
  private let tails: ScratchMemory<Vector>
  /// By place: the row's current values, ready for scoring.
  private let values: ScratchMemory<Vector>
  /// By use: the row.
  private let useRows: ScratchMemory<Int32>
  /// By use: the previous use of the same row, or -1; and the place of the other side.
  private let previousUses: ScratchMemory<Int32>
  private let partners: ScratchMemory<Int32>
  /// By rating, padded to whole vectors: the actual value; and the score, later the loss's derivative with respect to
  /// it.
  private let targets: ScratchMemory<Vector>
  private let scores: ScratchMemory<Vector>

  init(size: Int, _ rows: FactorRows) {
    self.size = size
    width = rows.width
    placeCapacity = min(size, rows.userCount) + min(size, rows.itemCount)
    let placeVectors = (placeCapacity + 7) / 8
    placeRows = ScratchMemory(placeCapacity, zero: 0)
    lastSteps = ScratchMemory(placeCapacity, zero: 0)
    lastUses = ScratchMemory(placeCapacity, zero: 0)
    drifts = ScratchMemory(placeVectors, zero: .zero)
    decays = ScratchMemory(placeVectors, zero: .zero)
    beta1Powers = ScratchMemory(placeVectors, zero: .zero)
    beta2Powers = ScratchMemory(placeVectors, zero: .zero)
    tails = ScratchMemory(placeVectors, zero: .zero)
    values = ScratchMemory(placeCapacity * rows.width, zero: .zero)
    useRows = ScratchMemory(2 * size, zero: 0)
    previousUses = ScratchMemory(2 * size, zero: 0)
    partners = ScratchMemory(2 * size, zero: 0)
    targets = ScratchMemory((size + 7) / 8, zero: .zero)
    scores = ScratchMemory((size + 7) / 8, zero: .zero)
  }
}

extension DotBiasBatch {
  /// Loads the ratings in `samples`: the row of each use, and the actual values.
  ///
  /// This is a separate loop in which nothing depends on the loaded data, so that many cache misses are in flight at
  /// once.
  func fetch(_ samples: ArraySlice<UInt32>, _ ratings: TrainingRatings.Columns, userCount: Int) {
    let useRows = useRows.base
    let targets = targets.numbers
    samples.withUnsafeBufferPointer { samples in
      ratings.users.withUnsafeBufferPointer { users in
        ratings.items.withUnsafeBufferPointer { items in
          ratings.values.withUnsafeBufferPointer { values in
            for position in 0..<samples.count {
              let sample = Int(samples[position])
              useRows[position] = Int32(truncatingIfNeeded: users[sample])
              useRows[size + position] =
                Int32(truncatingIfNeeded: userCount) &+ Int32(truncatingIfNeeded: items[sample])
              targets[position] = values[sample]
            }
          }
        }
      }
    }
  }

  /// Finds the distinct rows of the batch, with the uses and the last step of each.
  func place(_ rows: FactorRows, step: Int) {
    let states = rows.states.base
    let step = Int32(truncatingIfNeeded: step)
    let useRows = useRows.base
    let placeRows = placeRows.base
    let lastSteps = lastSteps.base
    let lastUses = lastUses.base
    let previousUses = previousUses.base
    let partners = partners.base
    let rowBytes = 4 * width * MemoryLayout<Vector>.stride
    var count: Int32 = 0

    @inline(__always)
    func place(_ use: Int) -> Int32 {
      let row = Int(useRows[use])
      let state = states + row
      if state.pointee.step == step {
        let place = state.pointee.place
        previousUses[use] = lastUses[Int(place)]
        lastUses[Int(place)] = Int32(truncatingIfNeeded: use)
        return place
      }
      let place = count
      placeRows[Int(place)] = Int32(truncatingIfNeeded: row)
      lastSteps[Int(place)] = state.pointee.step
      lastUses[Int(place)] = Int32(truncatingIfNeeded: use)
      previousUses[use] = -1
      state.pointee = FactorRows.State(step: step, place: place)
      count &+= 1
      // The row is needed soon and is usually not cached.
      let start = UnsafeRawPointer(rows.vectors.base) + row &* rowBytes
      var line = 0
      while line < rowBytes {
        latent_processor_prefetch(start + line)
        line &+= 64
      }
      return place
    }

    for position in 0..<size {
      let user = place(position)
      let item = place(size &+ position)
      partners[position] = item
      partners[size &+ position] = user
    }
    placeCount = Int(count)
  }

  /// Computes for each place the factors of ``DeferredAdamW`` for its missed updates. Afterwards `tails` holds the C of
  /// each.
  func computeFactors(_ adam: DeferredAdamW, step: Int) {
    let now = adam.moments[step - 1]
    let logBeta2 = Float(adam.logBeta2)
    adam.moments.withUnsafeBufferPointer { moments in
      for place in 0..<placeCount {
        let last = lastSteps.base[place]
        let then = moments[Int(last)]
        drifts.numbers[place] = Float(now.logDrift - then.logDrift)
        decays.numbers[place] = Float(now.logDecay - then.logDecay)
        beta1Powers.numbers[place] = Float(now.logBeta1 - then.logBeta1)
        beta2Powers.numbers[place] = Float(step - 1 - Int(last)) * logBeta2
        tails.numbers[place] = Float(then.tail)
      }
    }
    let tail = Float(now.tail)
    for vector in 0..<(placeCount + 7) / 8 {
      let decay = decays.base[vector].exponential
      let drift = drifts.base[vector].exponential
      decays.base[vector] = decay
      tails.base[vector] = decay * (tails.base[vector] - drift * tail)
      beta1Powers.base[vector] = beta1Powers.base[vector].exponential
      beta2Powers.base[vector] = beta2Powers.base[vector].exponential
    }
  }
}

extension DotBiasBatch {
  /// Writes the values of `places` before the step, ready for scoring.
  func catchUp(_ places: Range<Int>, _ rows: FactorRows) {
    let values = values.base
    let decays = decays.numbers
    let moves = tails.numbers
    let userMask = rows.mask(isUser: true)
    let itemMask = rows.mask(isUser: false)
    let userOpposite = rows.opposite(isUser: true)
    let itemOpposite = rows.opposite(isUser: false)
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
      let isUser = row < rows.userCount
      target[0] =
        target[0] * (isUser ? userMask : itemMask) + (isUser ? userOpposite : itemOpposite)
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

  /// Replaces each score by the derivative of the batch's mean squared error with respect to it, and returns that
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
      // Lanes beyond the last rating are empty or from another batch.
      for lane in min(size - vector * 8, 8)..<8 { error[lane] = 0 }
      scores.elements[vector] = error * slope
      total += Double((error * error).sum())
    }
    return Float(total / Double(size))
  }
}

extension DotBiasBatch {
  /// Sums the gradient of each row in `places` over its uses, last first, and applies the update.
  func move(_ places: Range<Int>, _ rows: FactorRows, _ adam: DeferredAdamW, step: Int) {
    let settings = adam.steps[step]
    let width = width
    let values = values.base
    let slopes = scores.numbers
    let beta1Powers = beta1Powers.numbers
    let beta2Powers = beta2Powers.numbers
    let lastUses = lastUses.elements
    let previousUses = previousUses.elements
    let partners = partners.elements
    let userMask = rows.mask(isUser: true)
    let itemMask = rows.mask(isUser: false)
    let (beta1, beta2) = (settings.meanKept, settings.squareKept)
    let meanAdded = Vector(repeating: settings.meanAdded)
    let squareAdded = Vector(repeating: settings.squareAdded)
    let squareScale = Vector(repeating: settings.squareScale)
    let epsilon = Vector(repeating: settings.epsilon)
    let decay = Vector(repeating: settings.decay)
    let rate = Vector(repeating: -settings.rate)

    withUnsafeTemporaryAllocation(of: Vector.self, capacity: width) { sums in
      let sums = sums.baseAddress.unsafelyUnwrapped
      for place in places {
        let row = Int(placeRows.elements[place])
        var use = Int(lastUses[place])
        var gradient = UnsafePointer(values + Int(partners[use]) * width)
        var slope = slopes[use < size ? use : use - size]
        use = Int(previousUses[use])
        if use >= 0 {
          for vector in 0..<width { sums[vector] = gradient[vector] * slope }
          while use >= 0 {
            let partner = values + Int(partners[use]) * width
            let slope = Vector(repeating: slopes[use < size ? use : use - size])
            for vector in 0..<width { sums[vector].addProduct(partner[vector], slope) }
            use = Int(previousUses[use])
          }
          gradient = UnsafePointer(sums)
          slope = 1
        }

        let own = values + place * width
        let target = rows.vectors.base + row * 4 * width
        let directions = target + width
        let means = directions + width
        let squares = means + width
        let meanKept = Vector(repeating: beta1Powers[place] * beta1)
        let squareKept = Vector(repeating: beta2Powers[place] * beta2)
        var slopes = (row < rows.userCount ? userMask : itemMask) * slope
        for vector in 0..<width {
          let g = gradient[vector] * slopes
          let mean = (g * meanAdded).addingProduct(means[vector], meanKept)
          let square = (g * g * squareAdded).addingProduct(squares[vector], squareKept)
          let direction = mean / ((square * squareScale).squareRoot() + epsilon)
          means[vector] = mean
          squares[vector] = square
          directions[vector] = direction
          target[vector] = (own[vector] * decay).addingProduct(direction, rate)
          slopes = Vector(repeating: slope)
        }
      }
    }
  }
}
