/// What a search for a learning rate saw: the loss, smoothed, as the rate rises step by step.
package struct RateCurve: Sendable, Equatable {
  /// A step's rate and the exponential mean of losses after it.
  package struct Point: Sendable, Equatable {
    package let rate: Double
    package let loss: Double

    package init(rate: Double, loss: Double) {
      self.rate = rate
      self.loss = loss
    }
  }

  /// Every step; after the first loss that is no number, the rates not tried, with NaN.
  package let points: [Point]

  package init(points: [Point]) { self.points = points }

  /// The points that suggestions go by: without the first 10 and the last 5, up to the first NaN.
  package var judged: ArraySlice<Point> {
    guard points.count > 15 else { return [] }
    let middle = points[10..<(points.count - 5)]
    return middle.prefix { !$0.loss.isNaN }
  }
}
