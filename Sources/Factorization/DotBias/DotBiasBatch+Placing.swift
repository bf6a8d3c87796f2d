import TensorCore

extension DotBiasBatch {
  /// Finds the distinct rows of the ratings in `samples`, each with its uses and with what it missed
  /// since its last step.
  func place(
    _ samples: ArraySlice<UInt32>, _ ratings: DotBiasRatings.Columns, _ rows: FactorRows,
    _ adam: DeferredAdamW, step: Int
  ) {
    let states = rows.states.elements
    let now = adam.moments[step - 1]
    let step32 = Int32(step)
    let logSquareMomentum = Float(adam.logSquareMomentum)
    let placeRows = placeRows.elements
    let lastUses = lastUses.elements
    let previousUses = previousUses.elements
    let partners = partners.elements
    let drifts = drifts.numbers
    let decays = decays.numbers
    let momenta = momenta.numbers
    let squareMomenta = squareMomenta.numbers
    let tails = tails.numbers
    let targets = targets.numbers
    var count: Int32 = 0

    @inline(__always)
    func place(
      _ row: Int, use: Int, _ moments: UnsafeBufferPointer<DeferredAdamW.Moment>
    ) -> Int32 {
      let state = states.baseAddress.unsafelyUnwrapped + row
      if state.pointee.step == step32 {
        let place = state.pointee.place
        previousUses[use] = lastUses[Int(place)]
        lastUses[Int(place)] = Int32(truncatingIfNeeded: use)
        return place
      }
      let place = count
      let then = moments[Int(state.pointee.step)]
      let position = Int(place)
      placeRows[position] = Int32(truncatingIfNeeded: row)
      drifts[position] = Float(now.logDrift - then.logDrift)
      decays[position] = Float(now.logDecay - then.logDecay)
      momenta[position] = Float(now.logMomentum - then.logMomentum)
      squareMomenta[position] = Float(step32 - 1 - state.pointee.step) * logSquareMomentum
      tails[position] = Float(then.tail)
      lastUses[position] = Int32(truncatingIfNeeded: use)
      previousUses[use] = -1
      state.pointee.step = step32
      state.pointee.place = place
      count += 1
      return place
    }

    samples.withUnsafeBufferPointer { samples in
      ratings.users.withUnsafeBufferPointer { users in
        ratings.items.withUnsafeBufferPointer { items in
          ratings.values.withUnsafeBufferPointer { values in
            adam.moments.withUnsafeBufferPointer { moments in
              for position in 0..<samples.count {
                let sample = Int(samples[position])
                let user = place(Int(users[sample]), use: position, moments)
                let item = place(
                  rows.userCount + Int(items[sample]), use: size + position, moments)
                partners[position] = item
                partners[size + position] = user
                targets[position] = values[sample]
              }
            }
          }
        }
      }
    }
    placeCount = Int(count)
  }

  /// From the logarithms of what each row missed to the factors of ``DeferredAdamW``, eight rows at
  /// a time: afterwards `tails` holds the C of each.
  func computeFactors(_ adam: DeferredAdamW, step: Int) {
    let tail = Float(adam.moments[step - 1].tail)
    for vector in 0..<(placeCount + 7) / 8 {
      let decay = decays.elements[vector].exponential
      let drift = drifts.elements[vector].exponential
      decays.elements[vector] = decay
      tails.elements[vector] = decay * (tails.elements[vector] - drift * tail)
      momenta.elements[vector] = momenta.elements[vector].exponential
      squareMomenta.elements[vector] = squareMomenta.elements[vector].exponential
    }
  }
}
