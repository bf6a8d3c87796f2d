import CProcessor
import TensorCore

extension DotBiasBatch {
  /// Fetches the ratings in `samples`: the row of each use, and the true values.
  ///
  /// A loop of its own, with nothing that waits for what it fetches, so that many of its cache misses
  /// are under way at a time.
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

  /// Finds the distinct rows of the batch, each with its uses and its last step.
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
      // The row is needed soon, and mostly far away.
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

  /// Computes, for each place, the factors of ``DeferredAdamW`` for what its row missed; afterwards
  /// `tails` holds the C of each.
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
