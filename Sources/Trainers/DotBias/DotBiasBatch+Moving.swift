import TensorCore

extension DotBiasBatch {
  /// Sums the gradient of each row in `places` over its uses, the last first, and takes the step.
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
    let meanAdded = Vector(repeating: 1 - settings.beta1)
    let squareAdded = Vector(repeating: 1 - settings.beta2)
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
        let meanKept = Vector(repeating: beta1Powers[place] * settings.beta1)
        let squareKept = Vector(repeating: beta2Powers[place] * settings.beta2)
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
